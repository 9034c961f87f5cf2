"""Everything that knows a terminal: output, progress bars, events as lines, completion."""
