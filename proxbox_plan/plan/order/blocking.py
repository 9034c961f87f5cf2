"""Blocking: what can't be done now is left out with everything that needs it, and said once; the rest goes on."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from proxbox_plan.mapping import KINDS
from proxbox_plan.mapping.context import Context
from proxbox_plan.mapping.desired import Desired
from proxbox_plan.model.inventory import APPLIED_FIELD, KEY_FIELD
from proxbox_plan.model.plan import LINKS, REPLACED, Action, Change
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.plan.match.match import Matches
from proxbox_plan.plan.match.rows import rank, references, refs_in
from proxbox_plan.plan.order.cascade_delete import unsafe_deletes, without_swept

_NAMED = 3  # objects named in a message


def block_unmade(context: Context, matches: Matches) -> None:
    """Block what nobody may create, and with it everything that needs it and does not exist yet."""
    for address in sorted(context.held):
        if address in context.desired and address not in matches.rows:
            matches.blocked[address] = address
    for wanted in context.desired.values():
        if wanted.address not in matches.rows and not _creatable(context, wanted):
            _report_missing(context, wanted)
            matches.blocked[wanted.address] = wanted.address
    for wanted in sorted(context.desired.values(), key=lambda item: rank(item.kind)):
        refs = (ref.address or "" for value in wanted.fields.values() for ref in refs_in(value))
        lacking = next((ref for ref in refs if ref in matches.blocked and ref not in matches.rows), None)
        if lacking is not None:
            matches.blocked.setdefault(wanted.address, matches.blocked[lacking])


def _creatable(context: Context, wanted: Desired) -> bool:
    ours = KINDS[wanted.kind].creatable or wanted.marked
    if wanted.kind == "custom-field":
        ours = wanted.key in (KEY_FIELD, APPLIED_FIELD)
    return ours and (wanted.kind != "site" or context.policy.create_sites)


def _report_missing(context: Context, wanted: Desired) -> None:
    hint = "Create it in NetBox, or correct the name in the configuration."
    if wanted.kind == "site":
        hint = "Create it in NetBox, correct the name, or set mapping.create_sites: true."
    message = f"NetBox has no {wanted.kind} {wanted.name!r}, which the configuration names"
    context.problem(ProblemCode.REFERENCE_MISSING, wanted.address, message, hint)


def possible(context: Context, matches: Matches, changes: list[Change]) -> list[Change]:
    """Return the changes that can be made; a problem says why each of the others is left out."""
    free = _with_free_keys(context, matches, _safe_deletes(context, changes))
    return _with_free_names(context, matches, without_swept(free, context.inventory))


def _safe_deletes(context: Context, changes: list[Change]) -> list[Change]:
    """Leave out deletes that would take along what is not ours, or what is ours and stays."""
    unsafe = unsafe_deletes(changes, context.inventory)
    for address, (kind, row) in unsafe.items():
        whose = "which is not managed by us" if row.key is None else f"which stays ({row.key})"
        context.problem(
            ProblemCode.HOLDS_OTHERS,
            address,
            f"{address} is not deleted: NetBox would delete {kind} {row.name!r} with it, {whose}",
            "Move or delete that object in NetBox, then plan again.",
        )
    return [change for change in changes if change.address not in unsafe]


def _with_free_keys(context: Context, matches: Matches, changes: list[Change]) -> list[Change]:
    """Leave out all that is about a guest whose number was reused, while something of the old guest must stay.

    Two objects can't have one key, and the old guest makes room as a whole or not yet.
    """
    planned = {change.address for change in changes}
    held: dict[str, str] = {}
    for address in sorted(matches.replaced):
        if address in planned and address + REPLACED not in planned:
            held.setdefault(_guest_of(address), address)
    for key, address in held.items():
        kind, row = address.partition(":")[0], matches.replaced[address]
        context.problem(
            ProblemCode.BLOCKED,
            f"virtual-machine:{key}",
            f"another guest has this number now, but {kind} {row.name!r} (id {row.id}) of the one before stays",
            "Take the tag off what is to be kept, or our key off it, or delete it in NetBox; then plan again.",
        )
    kept = without(matches, changes, {f"virtual-machine:{key}" for key in held})
    return [change for change in kept if _guest_of(change.address) not in held]


def _guest_of(address: str) -> str:
    """Return the key of the guest that an address is about, or of which it is a part."""
    key = address.partition(":")[2].partition("#")[0]
    return "/".join(key.split("/")[:3])


def _with_free_names(context: Context, matches: Matches, changes: list[Change]) -> list[Change]:
    """Leave out changes whose name or address one of ours keeps holding; the rest waits until it is free."""
    while True:  # what is left out does not free its own name any more
        moving = {(change.kind, change.netbox_id) for change in changes if frees(change)}
        planned = {change.address for change in changes}
        held = {
            address: row
            for address, rows in matches.holders.items()
            for row in rows
            if address in planned and (address.partition(":")[0], row.id) not in moving
        }
        if not held:
            return changes
        for address, row in held.items():
            _report_held(context, address, row.key or "", row.name)
        changes = without(matches, changes, set(held))


def _report_held(context: Context, address: str, key: str, name: str) -> None:
    kind = address.partition(":")[0]
    code = ProblemCode.ADDRESS_CONFLICT if kind == "ip-address" else ProblemCode.NAME_TAKEN
    context.problem(
        code,
        address,
        f"{kind} {name!r} is still documented at {key}, and it is not proven gone there",
        "It follows once the other object is read completely or corrected.",
    )


def without(matches: Matches, changes: list[Change], dropped: set[str]) -> list[Change]:
    """Leave out changes, and with them everything that refers to an object which is then not created."""
    created = {change.address for change in changes if change.action is Action.CREATE}
    roots = {address: address for address in dropped}
    while True:
        gone = roots.keys() & created
        more = {change.address: _needed(change, gone) for change in changes if change.address not in roots}
        found = {address: roots[need] for address, need in more.items() if need is not None}
        if not found:
            break
        roots |= found
    matches.blocked |= {address.removesuffix(LINKS): root for address, root in roots.items()}
    links = {address + LINKS for address in roots}
    return [change for change in changes if change.address not in roots.keys() | links]


def report_held_back(context: Context, matches: Matches) -> None:
    """Say once per cause how much waits for it; a record of an address that can't be had goes without saying."""
    waiting: dict[str, list[str]] = {}
    for address, root in sorted(matches.blocked.items()):
        if address != root and not KINDS[address.partition(":")[0]].protects:
            waiting.setdefault(root, []).append(address)
    for root, addresses in waiting.items():
        named = ", ".join(addresses[:_NAMED]) + (f" and {len(addresses) - _NAMED} more" if addresses[_NAMED:] else "")
        objects = "1 object" if len(addresses) == 1 else f"{len(addresses)} objects"
        message = f"{root} can't be had now, which holds back {objects}: {named}"
        context.problem(ProblemCode.BLOCKED, root, message, "Mend the other problem of this object first.")


def report_circle(context: Context, change: Change) -> None:
    """Say that a change is left out because it and others wait for each other."""
    message = f"{change.kind} {change.name!r} is left out: it waits for changes that wait for it"
    context.problem(ProblemCode.BLOCKED, change.address, message, "Break the circle: rename one of them in Proxmox.")


def _needed(change: Change, addresses: AbstractSet[str]) -> str | None:
    """Return the first of these objects that a change refers to, if any."""
    refs = (ref.get("address") for field in change.fields for ref in references(field.after))
    return next((str(ref) for ref in refs if ref in addresses), None)


def frees(change: Change) -> bool:
    """Whether a change gives up a natural key: the object goes, or takes another name."""
    natural = {name for item in KINDS[change.kind].natural for name in item.fields}
    return change.action is Action.DELETE or any(field.field in natural for field in change.fields)
