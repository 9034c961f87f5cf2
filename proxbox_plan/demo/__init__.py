"""Embedded fakes of Proxmox and NetBox, for the demo, the tests and the benchmarks."""
