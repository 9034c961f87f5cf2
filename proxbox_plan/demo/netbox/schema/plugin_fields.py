"""The fields that models of the plugin netbox-proxbox have in common, with the plugin's own labels."""

from __future__ import annotations

from typing import Any

from proxbox_plan.demo.netbox.schema.fields import TAIL, Model, ModelField, Unique, choice, integer, ref, text

PLUGIN = "netbox_proxbox"
BIGGEST_NUMBER = 2**63 - 1
SMALLEST_INTEGER = -(2**31)
STATUS = {"active": "Active", "stale": "Stale", "error": "Error"}
JOB_STATUS = {"active": "Active", "stale": "Stale"}
MODES = {"undefined": "Undefined", "standalone": "Standalone", "cluster": "Cluster"}
NAMED = ("id", "url", "display", "name")
PAGED = ("id", "url", "display_url", "display", "name")
OF_NODE = ("id", "url", "display", "name", "node_id", "online")
OF_STORAGE = ("id", "url", "display", "cluster", "name")
OF_INTERFACE = ("id", "url", "display_url", "display", "virtual_machine", "name")
OF_ADDRESS = ("id", "url", "display_url", "display", "address")
_HOST = r"localhost|\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\]|([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z-]{2,63}"
_URL = rf"(?i)https?://({_HOST})(:\d{{1,5}})?([/?#]\S*)?"


def model(path: str, class_name: str, verbose: str, *fields: ModelField, **options: Any) -> Model:
    """Describe a model of the plugin; without `brief` its brief form is the full one, as in the plugin."""
    own = (*fields, *TAIL)
    whole = ("id", "url", "display", *(field.name for field in own))
    given: dict[str, Any] = {
        "label": f"{PLUGIN}.{class_name.lower()}",
        "path": f"plugins/proxbox/{path}",
        "class_name": class_name,
        "verbose": verbose,
        "fields": own,
        "brief": whole,
        "plugin": PLUGIN,
        "lookup": "id",
        "has_page": False,
    }
    return Model(**{**given, **options})


def to(field_name: str, target: str, **options: Any) -> ModelField:
    """Describe a reference that the plugin filters by id, one at a time, and that cascades with its target."""
    return ref(field_name, target, **{"id_filter": "one", "on_delete": "cascade", "nested": NAMED, **options})


def bare(field_name: str, target: str, **options: Any) -> ModelField:
    """Describe a reference that reads as the id alone."""
    return to(field_name, target, **{"bare": True, "filterable": False, "on_delete": "set_null", **options})


def words(field_name: str, limit: int | None = 255, **options: Any) -> ModelField:
    """Describe a text that need not be there."""
    return text(field_name, limit, **{"filterable": False, **options})


def maybe(field_name: str, limit: int | None = 255, **options: Any) -> ModelField:
    """Describe a text that may also be null; the empty text stays what it is."""
    return words(field_name, limit, **{"null": True, "default": None, "keeps_blank": True, **options})


def needed(field_name: str, limit: int | None = 255, **options: Any) -> ModelField:
    """Describe a text that must be there."""
    return text(field_name, limit, **{"required": True, "blank": False, **options})


def number(field_name: str, **options: Any) -> ModelField:
    """Describe a whole number of 32 bits, negative too, that may be null."""
    return integer(field_name, **{"minimum": SMALLEST_INTEGER, "null": True, "filterable": False, **options})


def count_of(field_name: str, **options: Any) -> ModelField:
    """Describe a whole number of 32 bits from zero on that may be null."""
    return integer(field_name, **{"null": True, "filterable": False, **options})


def long(field_name: str, **options: Any) -> ModelField:
    """Describe a whole number of 64 bits that may be null."""
    return number(field_name, **{"minimum": -BIGGEST_NUMBER - 1, "maximum": BIGGEST_NUMBER, **options})


def perhaps(field_name: str, **options: Any) -> ModelField:
    """Describe a yes or no that may be null."""
    return ModelField(**{"name": field_name, "kind": "flag", "null": True, "filterable": False, **options})


def moment(field_name: str, **options: Any) -> ModelField:
    """Describe a time that may be null."""
    return ModelField(**{"name": field_name, "kind": "time", "null": True, "filterable": False, **options})


def json(field_name: str, default: Any) -> ModelField:
    """Describe any JSON but null."""
    return ModelField(name=field_name, kind="json", default=default, filterable=False)


def link(field_name: str) -> ModelField:
    """Describe a URL; Django takes no name without a dot in it but `localhost`."""
    return words(field_name, 500, pattern=_URL, diagnostic="Enter a valid URL.")


def status(choices: dict[str, str] = STATUS, **options: Any) -> ModelField:
    """Describe whether Proxmox still has it."""
    return choice("status", choices, default="active", **options)


def once(model_name: str, fields: tuple[str, ...], shown: str) -> tuple[Unique, ...]:
    """Describe a set of fields that occurs once, with the plugin's message."""
    return (Unique(fields, f"{model_name} with this {shown} already exists."),)


TO_ENDPOINT = to("endpoint", f"{PLUGIN}.proxmoxendpoint")
TO_MACHINE = to("virtual_machine", "virtualization.virtualmachine", required=True, nested=PAGED)
TO_MACHINE_IF_ANY = to("virtual_machine", "virtualization.virtualmachine", nested=PAGED)
TO_NODE = to("proxmox_node", f"{PLUGIN}.proxmoxnode", nested=OF_NODE, on_delete="set_null")
