"""Teaching copies: who asks for one and why, how one is made of a chart, and what must be settled before it is read."""
