"""Redaction: which words of a chart identify someone, why, and what stands in their place."""
