"""The page of code sets: what is held, what October changes, and imports."""
