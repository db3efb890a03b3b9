"""What the operator does with other backends that may come in."""
