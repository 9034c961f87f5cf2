"""Doctor: checks access, versions and permissions of Proxmox and NetBox before a plan, with a hint for each finding.

Read-only. The required permissions are derived from what the stages use: the kinds of the mapping and the coverage
proofs of the collector.
"""
