"""What a coder can do: one function, one audit intent, one transaction."""
