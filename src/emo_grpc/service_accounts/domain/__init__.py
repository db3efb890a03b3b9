"""The rules, free of any technology."""
