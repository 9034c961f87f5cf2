"""Learns rules from NetBox: the fewest that give the guests what people set there."""
