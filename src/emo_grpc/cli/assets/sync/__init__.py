"""`emo sync`: what a folder and the vault have in common, and what one of them gets from the other."""
