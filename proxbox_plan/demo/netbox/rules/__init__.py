"""What NetBox validates before it stores an object."""
