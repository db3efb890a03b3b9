"""Which events are asked for, free of any technology."""
