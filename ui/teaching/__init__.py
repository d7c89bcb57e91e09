"""Teaching copies on the screen: ask, decide, settle doubts, judge the risk, read."""
