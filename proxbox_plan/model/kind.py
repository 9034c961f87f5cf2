"""Kind: what one sort of NetBox object looks like to us, as data.

The planner's mapping files hold one `Kind` each; the inventory reader and the applier are handed the same values,
so that reading, comparing and writing cannot disagree about a field.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal

from proxbox_plan.core.address import Address
from proxbox_plan.model.netbox_versions import NEVER, OLDEST, Version
from proxbox_plan.model.relation import JOURNAL, Relation


class FieldType(StrEnum):
    """How a field travels: its shape in NetBox's answers and in our writes."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    CHOICE = "choice"  # read as {"value", "label"}, written raw
    MAC = "mac"  # answered in upper case
    CIDR = "cidr"  # an address with its prefix length; the same address whatever the length
    NAMES = "names"  # a list of strings
    REF = "ref"  # read nested, written as an id
    REFS = "refs"  # a list of the above
    GENERIC = "generic"  # NAME_type + NAME_id + nested NAME
    JSON = "json"  # any JSON value, compared as a whole
    TIME = "time"  # ISO 8601; answered with any offset, compared in UTC
    CUSTOM = "custom"  # a custom field: read and written inside `custom_fields`, choices as above


class Owner(StrEnum):
    """Which side is authoritative for a field that differs."""

    PROXMOX = "proxmox"
    NETBOX = "netbox"
    CREATE_ONLY = "create-only"


class OnDelete(StrEnum):
    """What becomes of an object when another that it refers to is deleted: Django's words for NetBox's models."""

    SET_NULL = "set_null"  # it stays, without the reference
    CASCADE = "cascade"  # it goes, too
    PROTECT = "protect"  # NetBox refuses the delete
    DO_NOTHING = "do_nothing"  # it stays, with the id of what is no longer there


class OnMissing(StrEnum):
    """What happens to our object when its source no longer exists."""

    DECOMMISSION = "decommission"  # its status says that it is gone (`Kind.retired`)
    DELETE = "delete"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind that we read and write."""

    name: str
    type: FieldType = FieldType.TEXT
    owner: Owner = Owner.PROXMOX
    to: tuple[str, ...] = ()  # kinds a reference may point to
    on_delete: OnDelete = OnDelete.SET_NULL  # of one to a kind of ours; one to the parent goes by the kind
    since: Version = OLDEST  # first NetBox that has it
    until: Version = NEVER  # first NetBox where another field does its work
    optional: bool = False  # an object comes without what it refers to here, when that cannot be
    second_pass: bool = False  # refers to objects that refer back: patched when all of them exist
    folded: bool = False  # NetBox compares it whatever its case
    any_case: bool = False  # NetBox's spelling stays while only the case differs
    kept: bool = False  # an adopted object keeps it as long as we never set it
    required: bool = False  # NetBox refuses a new object without it, and it may be unknown
    extend: bool = False  # of a support object: what is missing is added, nothing is taken away
    read_only: bool = False  # never written: it tells what NetBox allows
    said_by: str = ""  # field whose value says that this one is empty when it is: a mode without tagged VLANs
    choosable: bool = False  # rules may give any choice, of which NetBox's administrator decides what there is
    along: str = ""  # what to ask for, too: without it, NetBox looks this field up object by object
    unit: Literal["", "size", "B", "MiB"] = ""  # how a number counts; `size`: MiB or MB, by `mapping.units`
    filter: Literal["id", "name", ""] = "id"  # NetBox's filter of a reference: NAME_id, NAME, or none
    source: str = ""  # where the value comes from; feeds docs/mapping.md


@dataclass(frozen=True, slots=True)
class Natural:
    """What makes an object that carries no key the same one, and the filter that finds it."""

    fields: tuple[str, ...]
    filter: str
    by: str  # the field whose value goes into the filter
    unique: bool = True  # NetBox holds it once only; false: it finds an object, but does not forbid another
    bound: bool = False  # NetBox holds it as often as one likes while a part of it is empty


@dataclass(frozen=True, slots=True)
class Disturbs:
    """A kind NetBox itself writes to along with another, without a lock against who writes to the same object."""

    kind: str
    methods: tuple[str, ...] = ("POST", "PATCH", "DELETE")
    counts: bool = False  # only counts up or down in one step, which two such requests may do at once


@dataclass(frozen=True, slots=True)
class Legacy:
    """Rows of a kind in which another tool remembers what an object is in Proxmox."""

    kind: str
    reference: str  # field that names the object
    vmid: str
    type: str


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """Another object of the same guest that must be there whenever a row is written, though no field refers to it."""

    kind: str
    part: str = ""  # what its key has below the guest's own


KEY_FIELD = "proxbox_key"  # our two custom fields: which object it is, and what we last applied to it
APPLIED_FIELD = "proxbox_applied"
MANAGED_TAG: Final = "proxbox"  # slug of the tag on what is managed
CUSTOM = "cf_"  # what the name of a custom field begins with, among the fields of a kind
NOTHING: Final[tuple[Any, ...]] = (None, "", [])
"""Values that say nothing, as NetBox has them for a field that is empty."""

BY_NAME = (Natural(("name",), "name", "name"), Natural(("slug",), "slug", "slug"))


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of NetBox object."""

    name: str
    path: str  # list path of the API
    object_type: str  # app_label.model
    fields: tuple[Field, ...]
    label: str = "name"  # field that shows which object it is
    managed: bool = True  # carries our ownership metadata: proxbox_key and proxbox_applied
    keyless: bool = False  # one that others refer to may carry no key: it is shared, or another user's
    support: bool = False  # created when needed, never overwritten, never deleted
    creatable: bool = True  # false: looked up only (tenant, VRF, ...)
    advisory: bool = False  # it only tells what NetBox would refuse: a token that may not view it plans without
    created_with: str = ""  # setting without which it is looked up only
    natural: tuple[Natural, ...] = BY_NAME
    on_missing: OnMissing = OnMissing.KEEP
    retired: str = ""  # status of one that is gone and stays; empty: NetBox has none for the kind
    retired_with_parent: str = ""  # status of one that stays with a decommissioned parent; empty: it keeps its own
    since: Version = OLDEST
    tagged: bool = False  # we put tags on it
    may_go: int = 3  # how many of a small estate one plan may end without --force-limit
    shown_whole: bool = False  # what refers to one shows all that is compared: `name` and `slug`, each of them unique
    few: bool = False  # a handful in each cluster: NetBox lists them all sooner than it looks for some of them
    place: tuple[str, ...] = ()  # fields that say where it is
    placed_in: tuple[str, ...] = ()  # references to what NetBox compares its place with
    holds: tuple[str, ...] = ()  # kinds of what is placed in it, and must be at its new place before it is
    parent: str = ""  # field that says what it hangs off: NetBox deletes it with that
    relations: tuple[Relation, ...] = ()  # what NetBox deletes or empties along with one, beside its journal
    record: bool = False  # a mere record of its parent: it goes with it, whoever made it
    implicit: bool = False  # ours goes with its parent in one step: it is not deleted by itself then
    survives_parent: bool = False  # NetBox refuses to delete its parent rather than this
    blocks_parent: bool = False  # NetBox deletes nothing it hangs off: it goes first, proven gone by itself or not
    documents: Literal["", "guest", "node"] = (
        ""  # the object of a guest or node itself: keys of its parts begin with its key
    )
    adopted_in: str = ""  # reference of which the present value must be none or the desired one to be adopted
    shared_roles: frozenset[str] = frozenset()  # values of `role` with which several objects may have a natural key
    conflict: Literal["name-taken", "address-conflict"] = (
        "name-taken"  # problem when another object has the natural key
    )
    legacy: Legacy | None = None  # how older tools marked such objects
    prerequisites: tuple[Prerequisite, ...] = ()
    defines_ownership: bool = False  # the custom fields of the ownership metadata: they come before what carries it
    disturbs: tuple[Disturbs, ...] = ()
    plugin: str | None = None  # NetBox plugin it belongs to
    areas: tuple[str, ...] = ()  # switches in the configuration's `scope` (model.area) that must all be on
    doc: str = ""
    _by_name: dict[str, Field] = field(init=False, repr=False, compare=False)
    _on: dict[Version, tuple[Field, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Know the fields by name: they are looked up for each of a hundred thousand objects."""
        object.__setattr__(self, "_by_name", {field.name: field for field in self.fields})
        object.__setattr__(self, "_on", {})

    def field(self, name: str) -> Field:
        """Return the field of that name, which may be a custom field (`cf_owner`); KeyError when there is none."""
        if name.startswith(CUSTOM):
            return Field(name, FieldType.CUSTOM, Owner.NETBOX)
        return self._by_name[name]

    def is_choosable(self, name: str) -> bool:
        """Whether a filter is a field with choices that NetBox's administrator decides on."""
        return name in self._by_name and self._by_name[name].choosable

    def has_field(self, name: str) -> bool:
        """Whether we read and write a field; custom fields of people are never ours."""
        return name in self._by_name

    def address(self, key: str) -> Address:
        """Return the address of an object of the kind."""
        return Address.of(self.name, key)

    def dependents_on(self, version: Version, plugins: Collection[str]) -> tuple[Relation, ...]:
        """Return the relations by which objects depend on one of the kind, in a NetBox of `version`."""
        return tuple(relation for relation in (*self.relations, JOURNAL) if relation.is_on(version, plugins))

    def fields_on(self, version: Version) -> tuple[Field, ...]:
        """Return the fields a NetBox of `version` (major, minor) has."""
        if version not in self._on:
            self._on[version] = tuple(field for field in self.fields if field.since <= version < field.until)
        return self._on[version]
