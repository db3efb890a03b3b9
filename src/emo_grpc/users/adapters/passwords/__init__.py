"""How easy passwords are to guess."""
