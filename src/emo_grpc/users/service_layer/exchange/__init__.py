"""How services come in, in their own name and for users."""
