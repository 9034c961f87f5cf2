"""Mapping context: the input of the mapping files, and the desired objects and problems they add."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean, slug
from proxbox_plan.mapping.desired import DesiredObject, Unread, known
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import COMPLETE, Coverage
from proxbox_plan.rules.evaluate import Evaluation
from proxbox_plan.rules.rule_book import capitalized, spoken

T = TypeVar("T")


class MappingContext:
    """An estate for the mapping files; collects desired objects and problems."""

    def __init__(self, estate: Estate) -> None:
        """Start without desired objects."""
        self.estate = estate
        self.desired: dict[Address, DesiredObject] = {}
        self.problems: list[Problem] = []
        self.held: dict[Address, Problem | None] = {}  # objects not to create, and the problem, if it is one
        self.custom_fields: dict[tuple[str, str], str | None] = {}  # (kind, name) -> its type, null when unsuitable
        self._said: set[Problem] = set()
        self._made: dict[Hashable, Any] = {}

    @property
    def inventory(self) -> Inventory:
        """The inventory of NetBox."""
        return self.estate.inventory

    @property
    def policy(self) -> Policy:
        """The policy."""
        return self.estate.policy

    @property
    def version(self) -> tuple[int, int]:
        """Major and minor version of NetBox."""
        return self.estate.version

    @property
    def clusters(self) -> tuple[ClusterView, ...]:
        """The clusters in scope."""
        return self.estate.clusters

    @property
    def rows_by_key(self) -> Mapping[str, Mapping[Key, Row]]:
        """Managed rows: kind -> key -> row."""
        return self.estate.rows_by_key

    def has(self, kind: Kind) -> bool:
        """Whether a kind is planned: it is in scope, and this NetBox has it."""
        return self.estate.has(kind)

    @cached_property
    def _documented(self) -> Mapping[str, str]:
        rows = self.inventory.kinds.get("ip-address", ())
        free = (str(row.fields.get("address") or "") for row in rows if row.key is None)
        return {address.partition("/")[0]: address for address in free}

    @cached_property
    def tag_names(self) -> Mapping[str, str]:
        """Names of the tags that NetBox was asked for, by slug."""
        return {str(row.fields.get("slug")): row.name for row in self.inventory.kinds.get("tag", ())}

    @cached_property
    def tag_colors(self) -> Mapping[str, str]:
        """Colors of the guests' tags, by name; of two clusters that show a tag in other colors, the first one's."""
        colors = (item for view in reversed(self.clusters) for item in view.cluster.tag_colors)
        return {item.name: item.color for item in colors}

    def documented(self, host: str) -> str | None:
        """Return an address of NetBox that is not managed, with its prefix length."""
        return self._documented.get(host)

    def row(self, kind: str, key: Key) -> Row | None:
        """Return the NetBox object that carries `key`."""
        return self.estate.row(kind, key)

    def drop_unsupported(self, kinds: Mapping[str, Kind]) -> None:
        """Drop the objects and fields this NetBox does not support, and the references to them."""
        out = {name for name, kind in kinds.items() if not self.has(kind)}
        gone = {
            name: {*self.inventory.lacks.get(name, ()), *(f.name for f in kind.fields if f.to and set(f.to) <= out)}
            for name, kind in kinds.items()
        }
        self.desired = {address: wanted for address, wanted in self.desired.items() if wanted.kind not in out}
        for address, wanted in self.desired.items():
            if gone[wanted.kind]:
                kept = {name: value for name, value in wanted.fields.items() if name not in gone[wanted.kind]}
                self.desired[address] = replace(wanted, fields=kept)

    def add(self, wanted: DesiredObject) -> Ref:
        """Desire an object; desiring the same object twice is allowed."""
        self.desired.setdefault(wanted.address, wanted)
        return wanted.ref()

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what was made for a key before: tens of thousands of NICs want the same few VLANs."""
        if key not in self._made:
            self._made[key] = make()
        found: T = self._made[key]
        return found

    def support(
        self, kind: str, name: str, slug_text: str | None = None, *, creatable: bool = True, **fields: object
    ) -> Ref:
        """Desire a support object by name: matched by name or slug, created when its kind is creatable."""

        def make() -> Ref:
            title = clean(name, 100)
            short = Key(slug_text or slug(title))
            values = {"name": title, "slug": short, **fields}
            return self.add(DesiredObject(kind, short, title, values, managed=False, creatable=creatable))

        return self.once((kind, name, slug_text), make)

    def report(self, evaluation: Evaluation, address: Address) -> None:
        """Report the templates that failed for an object; it is not created until they succeed.

        What only its guest agent says is set later: a virtual machine that is not running would never be created.
        """
        for failure in evaluation.failures:
            rule = capitalized(spoken(self.policy, failure.place))
            self.problem(
                ProblemCode.RULE_FAILED,
                address,
                f"{rule} cannot set {failure.key} of {address}: {failure.why}",
                f"Run `proxbox validate --explain {address.key}` to see the rule; the value stays as it is.",
            )
        if evaluation.vital:
            self.hold(address)

    def hold(self, address: Address, problem: Problem | None = None) -> None:
        """Let an object not be created: a value of it is unknown, or that is a problem. One that is there stays."""
        self.held.setdefault(address, problem)

    def established(self, kind: Kind, key: Key, source: Coverage) -> Coverage:
        """Return the coverage for fields of an object that NetBox has; a new one is created with what is said."""
        return source if self.row(kind.name, key) is not None else COMPLETE

    def listed(self, address: Address, name: object, *sources: Coverage) -> Ref | Unread | None:
        """Return a reference to an object of a list; null, or unread where the list is, for one that is not on it."""
        if address in self.desired:
            return Ref(address.kind, None, str(name), address)
        return known(None, *sources)

    def problem(self, code: ProblemCode, address: Address, message: str, hint: str = "") -> None:
        """Report a problem; the plan continues."""
        self.say(Problem(code=code, address=address, message=message, hint=hint))

    def say(self, problem: Problem) -> None:
        """Report a problem once; the plan continues."""
        if problem not in self._said:
            self._said.add(problem)
            self.problems.append(problem)
