"""The world broken on purpose: each row of the design's fault table."""
