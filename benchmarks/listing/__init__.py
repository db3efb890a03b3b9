"""Every list that people look through, of a user with a thousand assets and of one with a million, in turns."""
