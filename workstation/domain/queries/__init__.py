"""Provider queries: what is asked, the rules it must keep, and the life it leads."""
