"""`emo upload`: which files, what became of them, and how a broken one goes on."""
