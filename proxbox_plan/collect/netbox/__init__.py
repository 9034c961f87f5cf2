"""Read NetBox into an Inventory: few fields, few requests, and a saved inventory as a cache."""
