"""What people do to NetBox beside proxbox: they edit, rename and delete, and add what is theirs; from a seed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxbox_plan.demo.netbox import FakeNetBox

MACHINES, INTERFACES = "virtualization/virtual-machines", "virtualization/interfaces"
DISKS, ADDRESSES, VLANS = "virtualization/virtual-disks", "ipam/ip-addresses", "ipam/vlans"
MACS = "dcim/mac-addresses"
MARKS = ("proxbox-ignore", "proxbox-protect")
KEY = "proxbox_key"
CLEANED_AT = 8  # decommissioned machines, before a person deletes them
Row = dict[str, Any]


class People:
    """Change a NetBox; the same seed does the same things to the same objects."""

    def __init__(self, netbox: FakeNetBox, seed: int) -> None:
        """Take the NetBox to change."""
        self._netbox = netbox
        self._random = random.Random(seed)  # noqa: S311 # reproducible, nothing secret
        self._made = 0
        self._actions: tuple[Callable[[Row], str], ...] = (
            self._edit,
            self._edit,
            self._rename,
            self._delete_machine,
            self._delete_part,
            self._delete_part,
            self._add_part,
            self._mark,
            self._unmark,
            self._unmark,
            self._tag,
            self._edit_part,
            self._edit_part,
            self._delete_own,
            self._take_key,
            self._add_machine,
            self._take_address,
            self._mark_part,
        )

    def act(self) -> str:
        """Do one thing, and say in words what; what NetBox refuses is refused to people, too."""
        machines = self._ours(MACHINES)
        if not machines:
            return "find nothing"
        gone = [row for row in machines if row["status"]["value"] == "decommissioning"]
        if len(gone) > CLEANED_AT:
            return self._clean(gone)
        return self._random.choice(self._actions)(self._random.choice(machines))

    def _clean(self, gone: list[Row]) -> str:
        """Take the marks off what is gone, and delete it: what hangs off it and is not ours, too."""
        for row in gone:
            self._ask("DELETE", f"{MACHINES}/{row['id']}/")
        return f"delete {len(gone)} decommissioned machines"

    def _ask(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        answer = self._netbox.handle(method, f"/api/{path}", body, {name: [value] for name, value in query.items()})
        return answer.body

    def _rows(self, path: str) -> list[Row]:
        rows: list[Row] = self._ask("GET", f"{path}/", limit="0")["results"]
        return sorted(rows, key=lambda row: row["id"])

    def _ours(self, path: str) -> list[Row]:
        return [row for row in self._rows(path) if (row.get("custom_fields") or {}).get(KEY)]

    def _new(self) -> int:
        self._made += 1
        return self._made

    def _edit(self, machine: Row) -> str:
        """Edit a field: of those that are people's, and of those that are Proxmox's."""
        field, value = self._random.choice(
            (
                ("description", f"edited {self._new()}"),
                ("comments", "by hand"),
                ("status", "staged"),
                ("status", "failed"),
                ("vcpus", 3),
                ("memory", 12345),
                ("role", self._role()),
                ("device", None),
                ("platform", None),
                ("primary_ip4", None),
            )
        )
        self._ask("PATCH", f"{MACHINES}/{machine['id']}/", {field: value})
        return f"set {field} of {machine['name']}"

    def _role(self) -> int:
        found = self._ask("GET", "dcim/device-roles/", slug="by-hand")["results"]
        role: Row = (
            found[0] if found else self._ask("POST", "dcim/device-roles/", {"name": "By hand", "slug": "by-hand"})
        )
        return int(role["id"])

    def _rename(self, machine: Row) -> str:
        """Rename a machine: to something new, or to what another machine will want to be called."""
        self._ask("PATCH", f"{MACHINES}/{machine['id']}/", {"name": f"by hand {self._new()}"})
        return f"rename {machine['name']}"

    def _delete_machine(self, machine: Row) -> str:
        self._ask("DELETE", f"{MACHINES}/{machine['id']}/")
        return f"delete {machine['name']}"

    def _delete_part(self, _: Row) -> str:
        path = self._random.choice((INTERFACES, DISKS, ADDRESSES, MACS, VLANS))
        rows = self._ours(path)
        if rows:
            self._ask("DELETE", f"{path}/{self._random.choice(rows)['id']}/")
        return f"delete one of {path}"

    def _edit_part(self, _: Row) -> str:
        path, change = self._random.choice(
            (
                (INTERFACES, {"name": f"by-hand-{self._new()}"}),
                (INTERFACES, {"enabled": False}),
                (INTERFACES, {"description": "by hand"}),
                (INTERFACES, {"mode": "", "untagged_vlan": None}),
                (DISKS, {"size": 77}),
                (ADDRESSES, {"status": "reserved"}),
                (ADDRESSES, {"dns_name": "by.hand.example"}),
                (ADDRESSES, {"assigned_object_type": None, "assigned_object_id": None}),
                (VLANS, {"name": "by hand"}),
                (VLANS, {"status": "reserved"}),
            )
        )
        rows = self._ours(path)
        if rows:
            self._ask("PATCH", f"{path}/{self._random.choice(rows)['id']}/", change)
        return f"set {', '.join(change)} of one of {path}"

    def _add_part(self, machine: Row) -> str:
        """Add an interface with an address of their own to a machine of ours."""
        number = self._new()
        interface = self._ask("POST", f"{INTERFACES}/", {"virtual_machine": machine["id"], "name": f"own{number}"})
        if "id" in interface:
            self._ask(
                "POST",
                f"{ADDRESSES}/",
                {
                    "address": f"10.210.{number // 250}.{number % 250 + 1}/24",
                    "description": "own",
                    "assigned_object_type": "virtualization.vminterface",
                    "assigned_object_id": interface["id"],
                },
            )
        return f"add an interface to {machine['name']}"

    def _take_key(self, _: Row) -> str:
        """Take our key off an object: it is unmanaged then, until it is adopted."""
        path = self._random.choice((MACHINES, INTERFACES, DISKS, ADDRESSES, VLANS))
        rows = self._ours(path)
        if rows:
            chosen = self._random.choice(rows)
            self._ask("PATCH", f"{path}/{chosen['id']}/", {"custom_fields": {KEY: None}})
        return f"take the key off one of {path}"

    def _add_machine(self, machine: Row) -> str:
        """Add a machine of their own to the same cluster, or delete it."""
        own = [row for row in self._rows(MACHINES) if row["name"].startswith("own ")]
        if len(own) > 3:  # noqa: PLR2004 # they stay few
            self._ask("DELETE", f"{MACHINES}/{own[0]['id']}/")
            return "delete a machine of their own"
        self._ask("POST", f"{MACHINES}/", {"name": f"own {self._new()}", "cluster": machine["cluster"]["id"]})
        return "add a machine of their own"

    def _take_address(self, machine: Row) -> str:
        """Put an address of ours on an interface of another machine."""
        addresses, interfaces = self._ours(ADDRESSES), self._rows(INTERFACES)
        if addresses and interfaces:
            self._ask(
                "PATCH",
                f"{ADDRESSES}/{self._random.choice(addresses)['id']}/",
                {
                    "assigned_object_type": "virtualization.vminterface",
                    "assigned_object_id": self._random.choice(interfaces)["id"],
                },
            )
        return f"move an address, not that of {machine['name']}"

    def _mark_part(self, _: Row) -> str:
        """Mark a part of a machine, or take the marks off all of them."""
        path = self._random.choice((INTERFACES, DISKS, ADDRESSES))
        rows = self._ours(path)
        marked = [row for row in rows if set(MARKS) & set(_slugs(row))]
        if marked:
            for row in marked:
                self._set_tags(row, [slug for slug in _slugs(row) if slug not in MARKS], path)
        elif rows:
            chosen = self._random.choice(rows)
            self._set_tags(chosen, [*_slugs(chosen), self._random.choice(MARKS)], path)
        return f"mark one of {path}, or take the marks off"

    def _delete_own(self, _: Row) -> str:
        rows = [row for row in self._rows(INTERFACES) if not row["custom_fields"].get(KEY)]
        if rows:
            self._ask("DELETE", f"{INTERFACES}/{self._random.choice(rows)['id']}/")
        return "delete an interface of their own"

    def _mark(self, machine: Row) -> str:
        mark = self._random.choice(MARKS)
        self._set_tags(machine, [*_slugs(machine), mark])
        return f"mark {machine['name']} with {mark}"

    def _unmark(self, machine: Row) -> str:
        """Take the marks off a machine that has some."""
        marked = [row for row in self._ours(MACHINES) if set(MARKS) & set(_slugs(row))]
        chosen = self._random.choice(marked) if marked else machine
        self._set_tags(chosen, [slug for slug in _slugs(chosen) if slug not in MARKS])
        return f"take the marks off {chosen['name']}"

    def _tag(self, machine: Row) -> str:
        slugs = _slugs(machine)
        self._set_tags(machine, self._random.choice(([*slugs, "by-hand"], slugs[1:], [])))
        return f"tag {machine['name']}"

    def _set_tags(self, row: Row, slugs: list[str], path: str = MACHINES) -> None:
        wanted = list(dict.fromkeys(slugs))
        for slug in wanted:
            if not self._ask("GET", "extras/tags/", slug=slug)["results"]:
                self._ask("POST", "extras/tags/", {"name": slug, "slug": slug})
        self._ask("PATCH", f"{path}/{row['id']}/", {"tags": [{"slug": slug} for slug in wanted]})


def _slugs(row: Row) -> list[str]:
    return [tag["slug"] for tag in row["tags"]]
