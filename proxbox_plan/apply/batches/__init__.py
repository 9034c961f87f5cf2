"""Batches: what goes out together, how much at once, and what a rejected or unanswered one means."""
