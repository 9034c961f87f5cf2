"""Support objects: referenced by other objects; created when missing, never overwritten, never deleted."""

from __future__ import annotations

from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.model.kind import Field, FieldType, Kind, Natural
from proxbox_plan.model.protective_tags import is_protective
from proxbox_plan.rules.evaluate import Evaluation

_NAME = (Field("name"), Field("slug"))
_COLOR = Field("color")
_DESCRIPTION = Field("description")


def _support(name: str, path: str, object_type: str, *fields: Field, **options: object) -> Kind:
    return Kind(name, path, object_type, (*_NAME, *fields), managed=False, support=True, **options)  # type: ignore[arg-type] # keyword options of Kind, passed through


TAG = _support("tag", "/api/extras/tags/", "extras.tag", _COLOR, _DESCRIPTION, doc="`proxbox` and the guests' tags.")
SITE = _support(
    "site",
    "/api/dcim/sites/",
    "dcim.site",
    Field("status", FieldType.CHOICE),
    created_with="mapping.create_sites: true",
    doc="Created only with `mapping.create_sites`.",
)
MANUFACTURER = _support("manufacturer", "/api/dcim/manufacturers/", "dcim.manufacturer")
DEVICE_ROLE = _support(
    "device-role",
    "/api/dcim/device-roles/",
    "dcim.devicerole",
    _COLOR,
    Field("vm_role", FieldType.BOOLEAN),
    _DESCRIPTION,
    doc="Roles of nodes and of guests.",
)
PLATFORM = _support("platform", "/api/dcim/platforms/", "dcim.platform")
CLUSTER_TYPE = _support(
    "cluster-type", "/api/virtualization/cluster-types/", "virtualization.clustertype", _DESCRIPTION
)
VM_TYPE = _support(
    "virtual-machine-type",
    "/api/virtualization/virtual-machine-types/",
    "virtualization.virtualmachinetype",
    since=(4, 6),
)
TENANT = _support("tenant", "/api/tenancy/tenants/", "tenancy.tenant", creatable=False)
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
    TAG,
    TENANT,
    CLUSTER_GROUP,
    SITE,
    LOCATION,
    MANUFACTURER,
    DEVICE_ROLE,
    PLATFORM,
    CLUSTER_TYPE,
    VM_TYPE,
    DEVICE_TYPE,
)


def rule_tags(context: MappingContext, evaluation: Evaluation) -> list[str]:
    """Desire the tags that rules set on an object, and return their slugs."""
    tags = (tag for tag in evaluation.tags if not is_protective(tag))
    refs = (context.support("tag", tag, color="9e9e9e", description="Tag of a rule") for tag in tags)
    return [str(ref.key) for ref in refs]
