"""What people see, and what they are asked."""
