"""The encounter screen: the chart, and the coding beside it."""
