"""Several connections to the same servers, used as one."""
