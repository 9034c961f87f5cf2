"""SSH: signatures, made and verified by OpenSSH's own `ssh-keygen`."""
