"""The activity screen."""
