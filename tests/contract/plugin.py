"""What a NetBox with the plugin netbox-proxbox holds for one cluster, made as it is asked for."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from tests.contract.client import DISKS, NetBox
from tests.contract.plugin_rows import PROXBOX, ROWS, Row


class Lab:
    """The objects of one cluster, by id; every lab has its own."""

    def __init__(self, netbox: NetBox) -> None:
        """Start with nothing."""
        self.netbox: NetBox = netbox

    def make(self, path: str, **values: Any) -> int:
        """Create an object and give its id."""
        return int(self.netbox.create(path, **values)["id"])

    def row(self, path: str, /, **changes: Any) -> Row:
        """Create the row of one kind as the mapping writes it, but for the changes."""
        return self.netbox.create(path, **{**ROWS[path](self), **changes})

    def refused(self, path: str, /, **changes: Any) -> Any:
        """Try to create the row of one kind of the plugin with these changes; give the errors of the 400."""
        whole = f"{PROXBOX}/{path}"
        return self.netbox.refused("POST", f"{whole}/", {**ROWS[whole](self), **changes})

    @cached_property
    def endpoint(self) -> int:
        """An endpoint."""
        return int(self.row(f"{PROXBOX}/endpoints/proxmox")["id"])

    @cached_property
    def machine(self) -> int:
        """A virtual machine."""
        return int(self.netbox.machine(cluster=self.netbox_cluster)["id"])

    @cached_property
    def netbox_cluster(self) -> int:
        """A cluster of NetBox."""
        return int(self.netbox.cluster()["id"])

    @cached_property
    def cluster(self) -> int:
        """The plugin's row of the cluster."""
        return int(self.row(f"{PROXBOX}/proxmox-clusters")["id"])

    @cached_property
    def device(self) -> int:
        """The device of the node."""
        return int(self.netbox.device()["id"])

    @cached_property
    def node(self) -> int:
        """The plugin's row of the node."""
        return int(self.row(f"{PROXBOX}/proxmox-nodes")["id"])

    @cached_property
    def storage(self) -> int:
        """A storage."""
        return int(self.row(f"{PROXBOX}/storage")["id"])

    @cached_property
    def interface(self) -> int:
        """An interface of the machine."""
        return int(self.netbox.interface(self.machine)["id"])

    @cached_property
    def bridge(self) -> int:
        """A bridge of the node."""
        return self.make("dcim/interfaces", device=self.device, name="vmbr0", type="bridge")

    @cached_property
    def disk(self) -> int:
        """A disk of the machine."""
        return self.make(DISKS, virtual_machine=self.machine, name="scsi0", size=1)

    @cached_property
    def guest_interface(self) -> int:
        """An interface inside the guest, mapped to the machine's."""
        return int(self.row(f"{PROXBOX}/guest-vm-interfaces")["id"])

    @cached_property
    def address(self) -> int:
        """An address of the machine's interface."""
        return int(self.netbox.address(interface=self.interface)["id"])

    @cached_property
    def sidecar(self) -> int:
        """The machine's sidecar."""
        return int(self.row(f"{PROXBOX}/sync-state/virtual-machines")["id"])

    @cached_property
    def guest(self) -> int:
        """The machine, with its sidecar beside it: what the plugin asks for in a guest's firewall."""
        return self.machine if self.sidecar else 0

    @cached_property
    def l2vpn(self) -> int:
        """An L2VPN."""
        return int(self.row("vpn/l2vpns")["id"])

    @cached_property
    def prefix(self) -> int:
        """A prefix."""
        return int(self.row("ipam/prefixes")["id"])

    @cached_property
    def target(self) -> int:
        """A route target."""
        return int(self.row("ipam/route-targets")["id"])
