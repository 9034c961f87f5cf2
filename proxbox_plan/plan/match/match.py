"""Matching: which NetBox object is the one we want: by our key, else by natural key, never by guess."""

from __future__ import annotations

from dataclasses import dataclass, field

from proxbox_plan.mapping import KINDS
from proxbox_plan.mapping.context import Context
from proxbox_plan.mapping.desired import Desired
from proxbox_plan.mapping.plugin import sidecar
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind, Natural
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.match.moves import find_moved
from proxbox_plan.plan.match.rows import NaturalKey, Rows, desired_key, rank, ref_id

# An address with one of these roles may be on several objects at once (VRRP, anycast, ...).
_SHARED_ROLES = frozenset({"anycast", "vip", "vrrp", "hsrp", "glbp", "carp"})


@dataclass
class Matches:
    """What matching found."""

    rows: dict[str, Row] = field(default_factory=dict)  # address -> the NetBox object it is
    ids: dict[str, int] = field(default_factory=dict)  # address -> NetBox id
    moved: dict[str, str] = field(default_factory=dict)  # key of a guest -> the key it had in another cluster
    replaced: dict[str, Row] = field(default_factory=dict)  # address -> the object of the guest it replaced
    holders: dict[str, list[Row]] = field(default_factory=dict)  # address -> ours that hold its natural key now
    blocked: dict[str, str] = field(default_factory=dict)  # address -> address of what a problem is about


class Matcher:
    """Pairs what is wanted with what is there."""

    def __init__(self, context: Context, rows: Rows) -> None:
        """Start with nothing matched and no natural key claimed."""
        self._context = context
        self._rows = rows
        self._claims: dict[tuple[str, Natural, NaturalKey], str] = {}
        self.matches = Matches()
        self._legacy = _legacy_marks(rows)

    def run(self) -> Matches:
        """Match kind by kind, so that the parents are known; within a kind our own keys come first."""
        groups: dict[str, list[Desired]] = {}
        for wanted in self._context.desired.values():
            groups.setdefault(wanted.kind, []).append(wanted)
        for kind_name in sorted(groups, key=rank):
            kind = KINDS[kind_name]
            rest = [wanted for wanted in groups[kind_name] if not self._by_key(wanted)]
            for wanted in groups[kind_name]:
                if wanted.address in self.matches.rows:
                    self._claim(kind, wanted)
            for wanted in rest:
                self._by_natural(kind, wanted)
        return self.matches

    def _by_key(self, wanted: Desired) -> bool:
        row = self._context.row(wanted.kind, wanted.key) if wanted.marked else None
        if row is None:
            row = self._moved(wanted)
        if row is None:
            return False
        if _is_another(wanted, row) or self._parent_replaced(wanted):
            self.matches.replaced[wanted.address] = row
            return False
        self._accept(wanted, row)
        return True

    def _moved(self, wanted: Desired) -> Row | None:
        """Return the object of a guest that left another cluster to come here, or of what hangs off it."""
        if not wanted.marked:
            return None
        if wanted.kind != "virtual-machine":
            parent = "/".join(wanted.key.split("/")[:3])
            old = self.matches.moved.get(parent)
            if old is None:
                return None
            if (guest := f"virtual-machine:{parent}") in self.matches.blocked:  # it moves as a whole, or not yet
                self.matches.blocked[wanted.address] = guest
            return self._context.row(wanted.kind, old + wanted.key.removeprefix(parent))
        row = find_moved(self._context, wanted)
        if row is not None and row.key is not None:
            self.matches.moved[wanted.key] = row.key
        return row

    def _parent_replaced(self, wanted: Desired) -> bool:
        """Whether the guest it hangs off is another one now: its old children are not the new guest's."""
        parent = "virtual-machine:" + "/".join(wanted.key.split("/")[:3])
        return parent in self.matches.replaced

    def _accept(self, wanted: Desired, row: Row) -> None:
        self.matches.rows[wanted.address] = row
        self.matches.ids[wanted.address] = row.id

    def _claim(self, kind: Kind, wanted: Desired) -> bool:
        """Claim the natural keys; false when another wanted object has one of them already."""
        for natural in (natural for natural in kind.natural if natural.unique and wanted.marked):
            key = desired_key(kind, natural, wanted.fields, self.matches.ids)
            if key is None:
                continue
            other = self._claims.setdefault((kind.name, natural, key), wanted.address)
            if other != wanted.address:
                self._conflict(wanted, self._context.desired[other].name, other)
                return False
            own = self.matches.rows.get(wanted.address)
            holders = [row for row in self._rows.by_natural(kind, natural, key) if own is None or row.id != own.id]
            if not self._judge_holders(wanted, holders):
                return False
        return True

    def _judge_holders(self, wanted: Desired, holders: list[Row]) -> bool:
        """Sort out who holds the natural key in NetBox: ours may make room, somebody else's is a conflict."""
        for row in holders:
            if wanted.kind == "ip-address" and row.fields.get("role") in _SHARED_ROLES:
                continue
            if row.key is None:
                self._conflict(wanted, _holder_name(row), f"NetBox id {row.id}")
                return False
            self.matches.holders.setdefault(wanted.address, []).append(row)
        return True

    def _by_legacy(self, wanted: Desired) -> Row | None:
        """Return the virtual machine that proxbox-api made of this guest: by its sidecar, or its old custom fields.

        Only within the guest's own cluster, only when it is the only one, and never one that is ours already.
        """
        cluster = wanted.fields.get("cluster")
        owner = self.matches.ids.get(cluster.address or "") if isinstance(cluster, Ref) else None
        _, guest_type, vmid = wanted.key.split("/")
        found = {
            row.id: row
            for kind, row in self._legacy.get(vmid, ())
            if kind in ("", guest_type) and owner is not None and ref_id(row.fields.get("cluster")) == owner
        }
        return next(iter(found.values())) if len(found) == 1 else None

    def _by_natural(self, kind: Kind, wanted: Desired) -> None:
        legacy = self._by_legacy(wanted) if kind.name == "virtual-machine" else None
        if legacy is not None:
            self._accept(wanted, legacy)
            self._claim(kind, wanted)
            return
        for natural in kind.natural:
            key = desired_key(kind, natural, wanted.fields, self.matches.ids)
            found = self._rows.by_natural(kind, natural, key) if key is not None else []
            free = [row for row in found if not wanted.marked or (row.key is None and self._adoptable(wanted, row))]
            if len(free) > 1:
                names = ", ".join(f"id {row.id}" for row in free)
                self._block(
                    wanted,
                    ProblemCode.AMBIGUOUS_MATCH,
                    f"several {kind.name} objects in NetBox match {wanted.name!r}: {names}",
                    "Remove or rename all but one of them, then plan again.",
                )
                return
            if free:
                self._accept(wanted, free[0])
                break
        self._claim(kind, wanted)

    def _adoptable(self, wanted: Desired, row: Row) -> bool:
        """Whether taking the object over takes it from nobody: an assigned address stays where it is.

        The same goes for a cluster of another site that only has the same name.
        """
        place = {"ip-address": "assigned_object", "cluster": "scope"}.get(wanted.kind)
        present = row.fields.get(place) if place else None
        if place is None or present is None:
            return True
        target = wanted.fields[place]
        return target.kind == present.get("kind") and self.matches.ids.get(target.address) == ref_id(present)

    def _conflict(self, wanted: Desired, other: str, where: str) -> None:
        if wanted.kind == "ip-address":
            owner = wanted.fields["assigned_object"].name
            self._block(
                wanted,
                ProblemCode.ADDRESS_CONFLICT,
                f"{wanted.name} is on {owner} in Proxmox, but NetBox or another guest has it on {other} ({where})",
                "An address is never taken from another object: correct the one that is wrong, or use a VRF.",
            )
        else:
            self._block(
                wanted,
                ProblemCode.NAME_TAKEN,
                f"{wanted.kind} {wanted.name!r} collides with {other} ({where})",
                "Rename one of the two, or file the clusters under different sites or names.",
            )

    def _block(self, wanted: Desired, code: ProblemCode, message: str, hint: str) -> None:
        self._context.problem(code, wanted.address, message, hint)
        self.matches.blocked[wanted.address] = wanted.address


def _legacy_marks(rows: Rows) -> dict[str, list[tuple[str, Row]]]:
    """Return (guest type, virtual machine) by vmid, as proxbox-api marked those that are not ours."""
    found: dict[str, list[tuple[str, Row]]] = {}
    for row in rows.of("virtual-machine"):
        if row.key is None and row.legacy is not None:
            found.setdefault(str(row.legacy.get("vmid")), []).append((str(row.legacy.get("type") or ""), row))
    for state in rows.of(sidecar.MACHINE.name):
        machine = rows.by_id("virtual-machine", ref_id(state.fields.get("virtual_machine")) or 0)
        if machine is not None and machine.key is None:
            kind = str(state.fields.get("proxmox_vm_type") or "")
            found.setdefault(str(state.fields.get("proxmox_vm_id")), []).append((kind, machine))
    return found


def _is_another(wanted: Desired, row: Row) -> bool:
    """Whether the object's fingerprint is another guest's: every part both know differs."""
    known = (row.applied or {}).get("fingerprint") or {}
    common = [part for part in wanted.fingerprint if part in known]
    return bool(common) and all(wanted.fingerprint[part] != known[part] for part in common)


def _holder_name(row: Row) -> str:
    assigned = row.fields.get("assigned_object")
    return str(assigned["name"]) if isinstance(assigned, dict) else f"{row.name!r}, which is not managed by us"
