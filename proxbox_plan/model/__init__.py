"""The data model: documents and their parts as frozen values, no I/O."""
