"""The guard's windows: sign-in and lock cover."""
