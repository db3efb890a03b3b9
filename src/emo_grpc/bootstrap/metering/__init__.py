"""What is measured, where somebody asks for metrics; where nobody does, nothing is wrapped."""
