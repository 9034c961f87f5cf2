"""Commands for people who work on proxbox-plan."""
