"""Screens: every Qt warning, running timer and open window fails the test that left it."""

from tests.harness.qt import _no_qt_leftovers, qt_said

__all__ = ["_no_qt_leftovers", "qt_said"]
