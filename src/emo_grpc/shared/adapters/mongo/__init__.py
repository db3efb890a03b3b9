"""What all contexts need of MongoDB."""
