"""Device: a Proxmox node."""

from __future__ import annotations

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean, note, slug
from proxbox_plan.mapping import cluster, filled_field
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject, Unknown, Unread, known
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.mapping.relations import in_device
from proxbox_plan.mapping.support import owned, rule_tags
from proxbox_plan.model.kind import MANAGED_TAG, Disturbs, Field, FieldType, Kind, Natural, OnMissing, Owner
from proxbox_plan.model.policy import ClusterPolicy
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import Node
from proxbox_plan.model.state.coverage import first_incomplete
from proxbox_plan.rules.evaluate import TAGS, Evaluation

KIND = Kind(
    "device",
    "/api/dcim/devices/",
    "dcim.device",
    (
        Field("name", folded=True, any_case=True, source="rules, else cluster/status name"),
        Field(
            "status",
            FieldType.CHOICE,
            choosable=True,
            source="rules, else cluster/status online: `active`, else `offline`",
        ),
        Field("cluster", FieldType.REF, to=("cluster",), source="the node's cluster"),
        Field("role", FieldType.REF, to=("device-role",), owner=Owner.NETBOX, source="rules, else `device_role`"),
        Field(
            "device_type", FieldType.REF, to=("device-type",), owner=Owner.NETBOX, source="rules, else `device_type`"
        ),
        Field("site", FieldType.REF, to=("site",), owner=Owner.NETBOX, source="rules, else the cluster's `site`"),
        Field("location", FieldType.REF, optional=True, to=("location",), owner=Owner.NETBOX, source="rules"),
        Field("rack", FieldType.REF, to=("rack",), read_only=True, source="read as it decides site and location"),
        Field(
            "tenant",
            FieldType.REF,
            optional=True,
            to=("tenant",),
            owner=Owner.NETBOX,
            source="rules, else the cluster's `tenant`",
        ),
        Field("owner", FieldType.REF, optional=True, to=("owner",), owner=Owner.NETBOX, since=(4, 5), source="rules"),
        Field(
            "platform",
            FieldType.REF,
            optional=True,
            to=("platform",),
            owner=Owner.NETBOX,
            source="rules, else nodes/N/status pveversion",
        ),
        Field(
            "description", owner=Owner.NETBOX, source="rules, else nodes/N/status version, CPU model and count, memory"
        ),
        Field("comments", owner=Owner.NETBOX, source="nodes/N/config description, with `scope.notes`"),
        Field("primary_ip4", FieldType.REF, to=("ip-address",), second_pass=True, source="cluster/status ip"),
        Field("primary_ip6", FieldType.REF, to=("ip-address",), second_pass=True, source="cluster/status ip"),
    ),
    natural=(Natural(("name", "site"), "name", "name"),),
    on_missing=OnMissing.DECOMMISSION,
    retired="decommissioning",
    may_go=1,
    relations=in_device(),
    disturbs=(Disturbs("interface", ("PATCH",)),),  # its site is theirs, by a trigger
    documents="node",
    place=("site", "location"),
    placed_in=("cluster",),
    tagged=True,
    doc="Custom fields that rules fill are fields, too: `cf_NAME`, owned by `netbox`.",
)


def key(view: ClusterView, node: str) -> Key:
    """Key of a node's device, and prefix of its children's keys."""
    return Key.of(view.name, "node", node)


def ref(view: ClusterView, node: str) -> Ref | Unread | None:
    """Reference to a node's device; null for a node the cluster does not list."""
    if node not in view.node_names:
        return known(None, view.cluster.coverage.nodes)
    return Ref.to(KIND.name, key(view, node), title(view, node))


def title(view: ClusterView, node: str) -> str:
    """Name of a node's device: the one that a rule gives it, else Proxmox's."""
    evaluation = view.evaluations.get(node)
    return clean((evaluation.text("name") if evaluation else None) or node, 64)


def desired(context: MappingContext) -> None:
    """Desire one device per node; one that is offline keeps its known values."""
    for view in context.clusters:
        for node in view.nodes:
            context.add(_device(context, view, node))


def _device(context: MappingContext, view: ClusterView, node: Node) -> DesiredObject:
    policy, evaluation, seen = view.policy, view.evaluations[node.name], node.coverage.membership
    site = cluster.site_ref(context, evaluation.text("site") or policy.site)
    fields: dict[str, object] = {
        "name": title(view, node.name),
        "status": evaluation.text("status")
        or known("active" if node.online else "offline", context.established(KIND, key(view, node.name), seen)),
        "cluster": cluster.ref(view),
        "site": site,
    }
    if "role" not in evaluation.unsure:  # and no default object is created that may stay unused
        fields["role"] = _role(context, evaluation.text("role") or policy.device_role)
    if not evaluation.unsure & {"device_type", "manufacturer"}:
        fields["device_type"] = _device_type(context, policy, evaluation)
    if "site" not in evaluation.unsure and (location := evaluation.text("location")):
        fields["location"] = _location(context, location, site)
    if tenant := evaluation.text("tenant") or policy.tenant:
        fields["tenant"] = context.support("tenant", tenant)
    if node.coverage.status.complete:
        fields["description"] = _describe(node)
        if node.version:
            fields["platform"] = context.support("platform", f"Proxmox VE {node.version.split('.')[0]}")
    if context.policy.areas.notes:
        fields["comments"] = known(note(node.description), node.coverage.notes)
    if platform := evaluation.text("platform"):
        fields["platform"] = context.support("platform", platform)
    if description := evaluation.text("description"):
        fields["description"] = clean(description, 200)
    return _with_rules(context, view, node, fields)


def _with_rules(context: MappingContext, view: ClusterView, node: Node, fields: dict[str, object]) -> DesiredObject:
    """Add the fields that only rules set, and omit those that are unknown."""
    evaluation = view.evaluations[node.name]
    address = Address.of(KIND.name, key(view, node.name))
    fields |= filled_field.values(context, KIND, address, evaluation) | owned(context, evaluation)
    tags = {*((MANAGED_TAG,) if context.policy.tag_managed else ()), *rule_tags(context, evaluation)}
    context.report(evaluation, address)
    unsure = evaluation.unsure
    incomplete = first_incomplete(node.coverage.status, node.coverage.membership, node.coverage.config)
    return DesiredObject(
        KIND.name,
        key(view, node.name),
        title(view, node.name),
        {name: value for name, value in fields.items() if name not in unsure},
        cluster=view.name,
        tags=None if TAGS in unsure else tuple(sorted(tags)),
        unknown=Unknown(incomplete.reason, incomplete.detail) if unsure and incomplete.reason else None,
    )


def _role(context: MappingContext, name: str) -> Ref:
    return context.support("device-role", name, color="00bcd4", vm_role=False, description="Proxmox VE node")


def _location(context: MappingContext, name: str, site: Ref) -> Ref:
    title = clean(name, 100)
    fields = {"name": title, "slug": slug(title), "site": site}
    return context.add(DesiredObject("location", Key.of(slug(site.name), slug(title)), title, fields, managed=False))


def _device_type(context: MappingContext, policy: ClusterPolicy, evaluation: Evaluation) -> Ref:
    named = evaluation.text("manufacturer") or policy.manufacturer
    manufacturer = context.support("manufacturer", named)
    model = clean(evaluation.text("device_type") or policy.device_type, 100)
    fields = {"model": model, "slug": slug(model), "manufacturer": manufacturer}
    key = Key(slug(model)) if named == policy.manufacturer else Key.of(slug(named), slug(model))
    return context.add(DesiredObject("device-type", key, model, fields, managed=False))


def _describe(node: Node) -> str:
    memory = f"{node.memory_mib / 1024:.0f} GiB" if node.memory_mib else ""
    cpu = f"{node.cpus} x {node.cpu_model}" if node.cpus and node.cpu_model else node.cpu_model or ""
    parts = (f"Proxmox VE {node.version}" if node.version else "", cpu, memory)
    return clean(", ".join(part for part in parts if part), 200)
