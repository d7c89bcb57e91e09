"""Rule packs and templates of provider queries, read from the folders they ship in or the organisation's own."""
