"""What assets have in common: tags, people, places, and when they were."""
