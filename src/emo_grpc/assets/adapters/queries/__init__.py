"""How lists and searches are planned, ranked and cut into pages, the same in every database."""
