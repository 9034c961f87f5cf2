"""What the token may see, path by path, and what collecting needs."""
