"""Coder Workstation: everything that knows coding and nothing that knows Qt."""
