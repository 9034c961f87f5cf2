"""The command line: one file per command, and one place that turns errors into messages."""
