"""One apply at a time: a lock file on this machine, a lock on NetBox for all machines."""
