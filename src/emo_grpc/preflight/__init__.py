"""Whether a server can run with these settings: tries them and the engines, and starts nothing."""
