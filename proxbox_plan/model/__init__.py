"""The documents and the words they are written in: frozen values, no I/O."""
