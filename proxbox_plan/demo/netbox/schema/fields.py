"""Types that describe the fake NetBox's models: fields, uniqueness, models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

from proxbox_plan.demo.netbox.versions import Version

FieldKind = Literal[
    "address",
    "choice",
    "computed",
    "constant",
    "count",
    "custom_fields",
    "decimal",
    "flag",
    "float",
    "host",
    "integer",
    "json",
    "mac",
    "object_id",
    "object_type",
    "object_types",
    "prefix",
    "ranges",
    "ref",
    "refs",
    "slug",
    "tags",
    "text",
    "time",
]
OnDelete = Literal["protect", "restrict", "cascade", "set_null"]

PERMANENT: Version = (4, 0)
"""The version of fields and models that every supported NetBox has."""

BIGGEST_INTEGER = 2**31 - 1
COLOR = r"[0-9a-f]{6}"
COLOR_DIAGNOSTIC = "Enter a valid hexadecimal RGB color code."


@dataclass(frozen=True, kw_only=True)
class ModelField:
    """One field of a model: accepted values and output format."""

    name: str
    kind: FieldKind
    required: bool = False
    null: bool = False
    blank: bool = True
    default: Any = None
    unique: bool = False
    read_only: bool = False
    filterable: bool = True
    cleared_by_put: bool = False
    since: Version = PERMANENT
    until: Version = (99, 0)
    max_length: int | None = None
    pattern: str = ""
    diagnostic: str = ""
    keeps_blank: bool = False
    filter_by_id_only: bool = False
    id_filter: Literal["", "one", "several", "number"] = ""
    bare: bool = False
    nested: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    places: int = 2
    choices: Mapping[str, str] = field(default_factory=dict)
    to: str = ""
    via: str = ""
    on_delete: OnDelete = "protect"
    targets: tuple[str, ...] = ()
    nested_count: Literal["omitted", "zero", "real"] = "omitted"
    render_as: str = ""

    def is_in(self, version: Version) -> bool:
        """Whether a NetBox of this version has it."""
        return self.since <= version < self.until

    @property
    def stored(self) -> bool:
        """Whether rows hold a value for it, rather than it being computed on read."""
        return self.kind not in {"computed", "constant", "count"}

    @property
    def writable(self) -> bool:
        """Whether a request may set it."""
        return self.stored and not self.read_only


@dataclass(frozen=True)
class Unique:
    """A set of fields whose values no two objects may share."""

    fields: tuple[str, ...]
    message: str
    fold_case: bool = False
    nulls_match: bool = False
    when: str = ""
    unless: str = ""
    field: str = "__all__"
    status: Literal[400, 409, 500] = 400


@dataclass(frozen=True, kw_only=True)
class Model:
    """One kind of object NetBox keeps."""

    label: str
    path: str
    class_name: str
    verbose: str
    fields: tuple[ModelField, ...]
    brief: tuple[str, ...]
    ordering: tuple[str, ...] = ("name",)
    unique: tuple[Unique, ...] = ()
    display: str = "name"
    template: str = ""
    lookup: str = "slug"
    parent: str = ""
    log_path: str = ""
    has_page: bool = True
    plugin: str = ""
    since: Version = PERMANENT
    read_only: bool = False
    logged: bool = True
    searched: bool = True
    by_name: Mapping[str, ModelField] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Index the fields by name."""
        object.__setattr__(self, "by_name", {f.name: f for f in self.fields})

    @cached_property
    def stored(self) -> tuple[ModelField, ...]:
        """The fields that rows hold."""
        return tuple(f for f in self.fields if f.stored)

    @cached_property
    def references(self) -> tuple[ModelField, ...]:
        """The fields that point at one other object."""
        return tuple(f for f in self.fields if f.kind == "ref")

    @cached_property
    def generic(self) -> tuple[ModelField, ModelField] | None:
        """The pair of fields, type and id, that points at an object of one of several models."""
        kind = next((f for f in self.fields if f.kind == "object_type"), None)
        number = next((f for f in self.fields if f.kind == "object_id"), None)
        return (kind, number) if kind and number else None


def text(name: str, limit: int | None = 200, **options: Any) -> ModelField:
    """Describe a text field; unset reads as the empty string."""
    return ModelField(**{"name": name, "kind": "text", "max_length": limit, "default": "", **options})


def slug(limit: int = 100, **options: Any) -> ModelField:
    """Describe the slug."""
    return ModelField(
        **{"name": "slug", "kind": "slug", "required": True, "max_length": limit, "blank": False, **options}
    )


def name(limit: int = 100, **options: Any) -> ModelField:
    """Describe the name."""
    return ModelField(
        **{"name": "name", "kind": "text", "required": True, "max_length": limit, "blank": False, **options}
    )


def integer(field_name: str, **options: Any) -> ModelField:
    """Describe a whole number of 32 bits, never negative unless told."""
    return ModelField(**{"name": field_name, "kind": "integer", "minimum": 0, "maximum": BIGGEST_INTEGER, **options})


def decimal(field_name: str, **options: Any) -> ModelField:
    """Describe a number with a fixed count of decimal places; it reads as a JSON number."""
    return ModelField(**{"name": field_name, "kind": "decimal", "null": True, **options})


def flag(field_name: str, *, default: bool) -> ModelField:
    """Describe a yes or no."""
    return ModelField(name=field_name, kind="flag", default=default)


def choice(field_name: str, choices: Mapping[str, str], **options: Any) -> ModelField:
    """Describe a choice: written as its value, read with its label; no choice reads as null."""
    return ModelField(**{"name": field_name, "kind": "choice", "choices": choices, "blank": False, **options})


def ref(field_name: str, to: str, **options: Any) -> ModelField:
    """Describe a reference to one object, by default optional and protecting its target."""
    optional = not options.get("required", False)
    return ModelField(**{"name": field_name, "kind": "ref", "to": to, "null": optional, **options})


def count(field_name: str, of: str, via: str, **options: Any) -> ModelField:
    """Describe the number of objects that refer to this one."""
    return ModelField(**{"name": field_name, "kind": "count", "to": of, "via": via, "read_only": True, **options})


def constant(*names: str, value: Any = None) -> tuple[ModelField, ...]:
    """Describe fields that the fake does not store and that are constant."""
    return tuple(ModelField(name=n, kind="constant", default=value, read_only=True, filterable=False) for n in names)


def computed(field_name: str, **options: Any) -> ModelField:
    """Describe a field that is computed on read."""
    return ModelField(**{"name": field_name, "kind": "computed", "read_only": True, "filterable": False, **options})


def scope(
    type_name: str, id_name: str, shown: str, targets: tuple[str, ...], *, required: bool = False
) -> tuple[ModelField, ...]:
    """Describe a reference to an object of one of several models: its type, its id, and how it reads."""
    common: dict[str, Any] = {"null": not required, "required": required, "targets": targets}
    return (
        ModelField(name=type_name, kind="object_type", cleared_by_put=type_name == "scope_type", **common),
        ModelField(name=id_name, kind="object_id", cleared_by_put=id_name == "scope_id", **common),
        computed(shown, render_as="generic"),
    )


DESCRIPTION = text("description")
COMMENTS = text("comments", None, filterable=False)
OWNER = constant("owner")
OWNED = ref("owner", "users.owner")
TAGS = ModelField(name="tags", kind="tags", default=())
CUSTOM_FIELDS = ModelField(name="custom_fields", kind="custom_fields", default=MappingProxyType({}))
TIMES = (
    ModelField(name="created", kind="time", read_only=True),
    ModelField(name="last_updated", kind="time", read_only=True),
)
TAIL = (TAGS, CUSTOM_FIELDS, *TIMES)
ORGANIZATION_BRIEF = ("id", "url", "display", "name", "slug", "description")
