"""The generated pages of docs/, one file each."""
