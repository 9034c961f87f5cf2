"""Reports for a pull request."""
