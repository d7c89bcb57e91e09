"""The device screen."""
