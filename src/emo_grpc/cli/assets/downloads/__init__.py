"""`emo download`: which assets, and where in a folder each is written."""
