"""People who come with a token of another party."""
