"""What a plan may do: limits and checks, computed when planning and again before applying."""
