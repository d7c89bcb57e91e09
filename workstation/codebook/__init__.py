"""Code sets by effective date: build the pack, look up, search, notes, hierarchy."""
