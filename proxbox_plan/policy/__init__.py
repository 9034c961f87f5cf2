"""What a plan may do: limits and checks, checked by plan and again by apply."""
