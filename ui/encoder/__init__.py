"""The encoder: find a code as one types."""
