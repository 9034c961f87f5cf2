"""The embedded stand-ins of the two systems, for the demo, the tests and the benchmarks."""
