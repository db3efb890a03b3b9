"""All that is kept of one person, for who asks for it by law."""
