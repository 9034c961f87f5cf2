"""What NetBox sums up by itself agrees with what it sums up."""

from __future__ import annotations

from collections import Counter

from tests.end_to_end.stage import Stage


def check_sums(stage: Stage) -> None:
    """Compare what NetBox sums up in virtual machines with what hangs off them."""
    sizes: Counter[int] = Counter()
    for row in stage.netbox("virtualization/virtual-disks"):
        sizes[row["virtual_machine"]["id"]] += row["size"]
    interfaces = Counter(row["virtual_machine"]["id"] for row in stage.netbox("virtualization/interfaces"))
    for row in stage.netbox("virtualization/virtual-machines"):
        assert (row["disk"] or 0, row["interface_count"]) == (sizes[row["id"]], interfaces[row["id"]]), row["name"]
