"""Official code-set releases, read from the files their publishers issue."""
