"""Which calls and connections are let in, and for how long."""
