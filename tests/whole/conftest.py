"""The practice hospital, for tests that start the whole program."""

from tests.peers import practice

__all__ = ["practice"]
