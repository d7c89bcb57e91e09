"""The device's audit journal: append, chain, checkpoint, verify. All SQL of the guard."""
