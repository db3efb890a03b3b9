"""What all contexts need of files."""
