"""What EMO_OPS_LISTEN shows of the processes."""
