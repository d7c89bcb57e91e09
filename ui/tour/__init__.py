"""The tour: drives the real program through a coder's day and takes a picture of each step."""
