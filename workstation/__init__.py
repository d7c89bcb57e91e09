"""Coder Workstation: everything that knows coding and nothing that knows Qt."""

VERSION = "0.1.0"
