"""What the operator does with everything that is stored: check, move, rewrite."""
