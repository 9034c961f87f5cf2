"""Support objects: referenced by other objects; created when missing, never overwritten, never deleted."""

from __future__ import annotations

from itertools import chain, count

from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean, slug
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.model.kind import Field, FieldType, Kind, Natural
from proxbox_plan.model.netbox_versions import version_text
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.protective_tags import is_protective
from proxbox_plan.rules.evaluate import Evaluation

_NAME = (Field("name"), Field("slug"))
_COLOR = Field("color")
_DESCRIPTION = Field("description")
_GREY = "9e9e9e"  # NetBox's own


def _support(name: str, path: str, object_type: str, *fields: Field, **options: object) -> Kind:
    return Kind(name, path, object_type, (*_NAME, *fields), managed=False, support=True, **options)  # type: ignore[arg-type] # keyword options of Kind, passed through


TAG = _support(
    "tag",
    "/api/extras/tags/",
    "extras.tag",
    _COLOR,
    _DESCRIPTION,
    Field("object_types", FieldType.NAMES, read_only=True, source="read to put it only where it may be"),
    doc="`proxbox` and the guests' tags.",
)
SITE = _support(
    "site",
    "/api/dcim/sites/",
    "dcim.site",
    Field("status", FieldType.CHOICE),
    Field("region", FieldType.REF, to=("region",), read_only=True, source="read to know what a cluster is scoped to"),
    Field("group", FieldType.REF, to=("site-group",), read_only=True, source="read to know the same"),
    created_with="mapping.create_sites: true",
    doc="Created only with `mapping.create_sites`.",
)
_AREA = {"creatable": False, "advisory": True, "doc": "Looked up for a cluster that is scoped to one."}
REGION = _support(
    "region",
    "/api/dcim/regions/",
    "dcim.region",
    Field("parent", FieldType.REF, to=("region",), read_only=True),
    **_AREA,
)
SITE_GROUP = _support(
    "site-group",
    "/api/dcim/site-groups/",
    "dcim.sitegroup",
    Field("parent", FieldType.REF, to=("site-group",), read_only=True),
    **_AREA,
)
MANUFACTURER = _support("manufacturer", "/api/dcim/manufacturers/", "dcim.manufacturer", shown_whole=True)
DEVICE_ROLE = _support(
    "device-role",
    "/api/dcim/device-roles/",
    "dcim.devicerole",
    _COLOR,
    Field("vm_role", FieldType.BOOLEAN),
    _DESCRIPTION,
    doc="Roles of nodes and of guests.",
)
PLATFORM = _support(
    "platform",
    "/api/dcim/platforms/",
    "dcim.platform",
    Field("manufacturer", FieldType.REF, to=("manufacturer",), read_only=True, source="read as it may be for one only"),
)
CLUSTER_TYPE = _support(
    "cluster-type", "/api/virtualization/cluster-types/", "virtualization.clustertype", _DESCRIPTION
)
VM_TYPE = Kind(
    "virtual-machine-type",
    "/api/virtualization/virtual-machine-types/",
    "virtualization.virtualmachinetype",
    (Field("name", folded=True), Field("slug")),
    managed=False,
    support=True,
    since=(4, 6),
    # its name is once whatever its case, unlike those of the others
    natural=(Natural(("name",), "name__ie", "name"), Natural(("slug",), "slug", "slug")),
)
TENANT = _support("tenant", "/api/tenancy/tenants/", "tenancy.tenant", creatable=False)
OWNER = Kind(
    "owner",
    "/api/users/owners/",
    "users.owner",
    (Field("name"),),
    managed=False,
    support=True,
    creatable=False,
    since=(4, 5),
    natural=(Natural(("name",), "name", "name"),),
    doc="Who is responsible, by the rules of guests and nodes; looked up.",
)
LOCATION = Kind(
    "location",
    "/api/dcim/locations/",
    "dcim.location",
    (Field("name"), Field("slug"), Field("site", FieldType.REF, to=("site",))),
    managed=False,
    support=True,
    creatable=False,
    natural=(Natural(("name", "site"), "name", "name"),),
    doc="Looked up in the site of the node.",
)
CLUSTER_GROUP = _support(
    "cluster-group", "/api/virtualization/cluster-groups/", "virtualization.clustergroup", creatable=False
)
IP_RANGE = Kind(
    "ip-range",
    "/api/ipam/ip-ranges/",
    "ipam.iprange",
    (
        Field("start_address", FieldType.CIDR, read_only=True),
        Field("end_address", FieldType.CIDR, read_only=True),
        Field("vrf", FieldType.REF, to=("vrf",), read_only=True),
        Field("mark_populated", FieldType.BOOLEAN, read_only=True, since=(4, 3)),
    ),
    label="start_address",
    managed=False,
    support=True,
    creatable=False,
    advisory=True,
    natural=(),
    areas=("addresses",),
    doc="Looked up before an address is created: NetBox creates none in a range that is marked populated.",
)
CHOICE_SET = Kind(
    "choice-set",
    "/api/extras/custom-field-choice-sets/",
    "extras.customfieldchoiceset",
    (
        Field("name"),
        Field("base_choices", FieldType.JSON, read_only=True),
        Field("extra_choices", FieldType.JSON, read_only=True),
    ),
    managed=False,
    support=True,
    creatable=False,
    advisory=True,
    natural=(),
    doc="Looked up for a custom field with choices that rules fill: NetBox takes no other value.",
)
DEVICE_TYPE = Kind(
    "device-type",
    "/api/dcim/device-types/",
    "dcim.devicetype",
    (Field("model"), Field("slug"), Field("manufacturer", FieldType.REF, to=("manufacturer",))),
    label="model",
    managed=False,
    support=True,
    # NetBox has a model, and its slug, once for each manufacturer
    natural=(Natural(("model", "manufacturer"), "model", "model"), Natural(("slug", "manufacturer"), "slug", "slug")),
)

KINDS = (
    CHOICE_SET,
    TAG,
    TENANT,
    OWNER,
    CLUSTER_GROUP,
    REGION,
    SITE_GROUP,
    SITE,
    LOCATION,
    MANUFACTURER,
    DEVICE_ROLE,
    PLATFORM,
    CLUSTER_TYPE,
    VM_TYPE,
    DEVICE_TYPE,
    IP_RANGE,
)


def guest_tag(context: MappingContext, text: str) -> str:
    """Desire the tag for one of Proxmox's, and return its slug: a number tells two apart that would share one.

    `c` and `c++` are two tags. What NetBox has under such a slug is the same tag only when its name is the same.
    """
    return context.once((TAG.name, "guest", text), lambda: _guest_tag(context, text))


def _guest_tag(context: MappingContext, text: str) -> str:
    name = clean(text, 100)
    short = slug(name)
    numbered = (f"{short}-{number}" for number in count(2))
    found = next(item for item in chain((short,), numbered) if _is_free(context, item, name, exact=item == name))
    color = context.tag_colors.get(text) or context.tag_colors.get(text.casefold()) or _GREY
    return str(context.support("tag", text, found, color=color, description="Tag of a Proxmox guest").key)


def _is_free(context: MappingContext, short: str, name: str, *, exact: bool) -> bool:
    """Whether a slug is no other tag's, here or in NetBox; what NetBox has under one that is the whole name is it."""
    desired = context.desired.get(TAG.address(short))
    if desired is not None:
        return desired.name.casefold() == name.casefold()
    known = context.tag_names.get(short)
    if known is None or known.casefold() == name.casefold():
        return True
    return exact and not _is_made_of(short, known)


def _is_made_of(short: str, name: str) -> bool:
    """Whether a slug is only what is left of a name: `c` or `c-2` of `c++`. People's have spaces for dashes at most."""
    left, number = slug(name), short.removeprefix(f"{slug(name)}-")
    return number.isdecimal() or (short == left and name.casefold().replace(" ", "-") != left)


def owned(context: MappingContext, evaluation: Evaluation) -> dict[str, object]:
    """Return the owner that rules give an object; none, and a problem for each, where NetBox has no owners."""
    name = evaluation.text("owner")
    if not name:
        return {}
    if OWNER.since <= context.version:
        return {"owner": context.support(OWNER.name, name)}
    context.problem(
        ProblemCode.REFERENCE_MISSING,
        OWNER.address(Key(slug(name))),
        f"NetBox has no owners before {version_text(OWNER.since)}: {clean(name, 50)!r} of the rules is omitted",
        "Upgrade NetBox, or remove `owner` from the rules.",
    )
    return {}


def rule_tags(context: MappingContext, evaluation: Evaluation) -> list[str]:
    """Desire the tags that rules set on an object, and return their slugs."""
    tags = (tag for tag in evaluation.tags if not is_protective(tag))
    refs = (context.support("tag", tag, color=_GREY, description="Tag of a rule") for tag in tags)
    return [str(ref.key) for ref in refs]
