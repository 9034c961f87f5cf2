"""`docs/mapping.md`: what of Proxmox becomes what in NetBox, one table per kind."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.model.kind import Field, Kind, Natural, OnMissing
from proxbox_plan.model.netbox_versions import NEVER, OLDEST, Version, version_text
from proxbox_plan.plan import KINDS
from proxbox_plan.report.messages import kind_word
from scripts.pages.tables import codes, table

HEAD = """\
# Mapping

Generated from `proxbox_plan/mapping/` by `./dev generate`; don't edit it.

What of Proxmox VE becomes what in NetBox. Only the fields below are ever written.

* **Owner** says which side is authoritative when a field differs. `proxmox`: Proxmox's value is restored.
  `netbox`: a value that a person set stays, and the plan says so. `create-only`: set once, at creation.
  Change it with [`owners`](configuration.md#top-level) in `proxbox.yaml`.
* **Recognized by** says how an object without our key is found. A found object is adopted, and the plan says so.
  After that its key (custom field `proxbox_key`) finds it, whatever it is called.
* **When gone** says what happens to our object when Proxmox shows that its source is gone.
  Change it with [`on_missing`](configuration.md#top-level).
* **Later** marks a field that is written in a second pass, when the object it refers to exists.
* **Volatile** marks a field that changes by itself: it is written when another field of the object is.
* Kinds whose path starts with `/api/plugins/proxbox/` belong to the plugin netbox-proxbox and are planned only where
  NetBox runs it; what its version lacks is unsupported, and the plan says so.
* What [`scope`](configuration.md#scope) switches off is neither read nor planned, and never deleted.
* With `scope.guest_os` the **platform** of a virtual machine is what its guest agent says: `Debian GNU/Linux 12`,
  `Windows Server 2022`, with the version up to its second number. An agent that is off, silent, slow or refuses, and a
  machine that does not run, take nothing back: NetBox keeps the platform it has, and only a new machine gets the one
  that `ostype` gives. It is off by default, as it costs one more call for each running machine with the agent.
* The **owner** of machines and nodes (NetBox 4.5 and newer) is what `owner` of `rules` and `node_rules` says; one that
  a person chose stays. An older NetBox has none: the plan says so, once for each that is named.
* With `scope.notes` the **notes** of nodes and of the datacenter are comments, as those of guests are. A note that the
  token is not shown is not an empty one: without `Sys.Audit` on `/` Proxmox omits that of the datacenter.
* With `scope.tag_colors` a **tag** that is created for a guest has the color that Proxmox shows it in
  (Datacenter > Options > Tag Style). A tag that NetBox has keeps its own, as all support objects do; of two clusters
  with other colors for one tag the first decides.
* An **address that an IPAM of Proxmox made** (description `mac:...` or `gateway`) only gets its interface and our two
  custom fields, and is never deleted: [beside the IPAM of Proxmox](ipam.md).
* The **VLAN** of a NIC is its tag; without one that of its vnet in a `vlan` zone (`scope.sdn`), or the VLAN that all
  ports of its bridge are on (`eno1.20`; `vmbr0v20`). A vnet of a `qinq` zone, and a tag on a bridge or vnet that is in
  a VLAN itself, are VLANs inside of another one: that one has the role `svlan`, the inner one `cvlan` and a VLAN group
  of the service VLAN, as NetBox has each id once in a group. Vnets of other zones have no VLAN. While the network of a
  node or SDN cannot be read, or is off, a NIC keeps the VLAN that may come from there; its tag counts all the same.
"""

SUPPORT_HEAD = """\
## Support objects

What the others refer to. They are created when they are needed and missing, never overwritten and never deleted.
"""


def page() -> str:
    """Return the page."""
    main = [kind for kind in KINDS.values() if not kind.support]
    support = [kind for kind in KINDS.values() if kind.support]
    return "\n".join([HEAD, *(line for kind in main for line in _section(kind)), SUPPORT_HEAD, *_support(support)])


def _section(kind: Kind) -> Iterator[str]:
    title = kind_word(kind.name)
    yield f"## {title[:1].upper()}{title[1:]}\n"
    yield f"Kind `{kind.name}`, NetBox `{kind.path}`{_since(kind.since, ', from NetBox ')}.\n"
    if kind.doc:
        yield f"{kind.doc}\n"
    yield f"* Recognized by: {_recognised(kind)}."
    yield f"* When gone: `{kind.on_missing}`{_retired(kind)}."
    if kind.areas:
        yield f"* Planned while {codes((f'scope.{area}' for area in kind.areas), last='and')} is on."
    yield ""
    written = [field for field in kind.fields if not field.read_only]
    if written:
        yield from table(("Field", "From", "Owner", "NetBox"), (_row(field) for field in written))
    yield from _also_read(kind)


def _also_read(kind: Kind) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for field in kind.fields:
        if field.read_only:
            reasons.setdefault(field.source or "read only", []).append(field.name)
    for reason, names in reasons.items():
        yield f"Also {reason}: {codes(names, last='and')}.\n"


def _retired(kind: Kind) -> str:
    return f", status `{kind.retired}`" if kind.on_missing is OnMissing.DECOMMISSION else ""


def _row(field: Field) -> tuple[str, ...]:
    later = " (later)" if field.second_pass else ""
    return f"`{field.name}`{later}", field.source or "—", f"`{field.owner}`", _versions(field)


def _versions(field: Field) -> str:
    if field.until < NEVER:
        return f"before {version_text(field.until)}"
    return f">= {version_text(field.since)}" if field.since > OLDEST else "all"


def _recognised(kind: Kind) -> str:
    return ", or by ".join(_natural(natural) for natural in kind.natural) or "nothing but its key"


def _natural(natural: Natural) -> str:
    return codes(natural.fields, last="and")


def _support(kinds: list[Kind]) -> Iterator[str]:
    rows = ((f"`{kind.name}`", codes(_shown(kind), last="and"), _recognised(kind), _note(kind)) for kind in kinds)
    yield from table(("Kind", "Fields", "Recognized by", "Notes"), rows)


def _shown(kind: Kind) -> list[str]:
    """Return the fields that are written; of a kind that is only read, those."""
    return [field.name for field in kind.fields if not field.read_only] or [field.name for field in kind.fields]


def _note(kind: Kind) -> str:
    looked_up = "" if kind.creatable or kind.advisory else "Looked up only: create it in NetBox."
    version = _since(kind.since, "From NetBox ", ".")
    return " ".join(part for part in (kind.doc, looked_up, version) if part) or "—"


def _since(version: Version, before: str, after: str = "") -> str:
    return f"{before}{version_text(version)}{after}" if version > OLDEST else ""
