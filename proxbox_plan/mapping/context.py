"""Context: what the mapping files see, and where they put what they want."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.core.sanitize import clean, slug
from proxbox_plan.mapping.desired import Desired, Unknown
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.policy import ClusterPolicy, Policy
from proxbox_plan.model.policy.facts import ClusterFacts
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import Cluster, Guest, Node, State
from proxbox_plan.model.state.sdn import SdnZone
from proxbox_plan.rules import scope
from proxbox_plan.rules.evaluate import Filing
from proxbox_plan.rules.rule_book import RuleBook, effective, rule_book, spoken


@dataclass(frozen=True)
class GuestView:
    """A guest in scope, with where it is filed and how far it is known."""

    guest: Guest
    cluster: ClusterView
    targets: Filing

    @cached_property
    def title(self) -> str:
        """Name of its virtual machine, as far as it is known."""
        return self.targets.text("name") or self.guest.name or self.key

    @cached_property
    def key(self) -> str:
        """Key of its virtual machine, and prefix of its children's keys."""
        return self.cluster.key_of(self.guest)

    @cached_property
    def unknown(self) -> Unknown | None:
        """Why it can't be planned in full, if it can't."""
        coverage = self.guest.coverage
        gap = next((part for part in (coverage.row, coverage.config) if not part.complete), None)
        return Unknown(gap.gap, gap.detail) if gap is not None and gap.gap is not None else None


@dataclass(frozen=True)
class ClusterView:
    """A cluster of the state with its policy."""

    cluster: Cluster
    policy: ClusterPolicy
    rules: RuleBook

    @property
    def name(self) -> str:
        """Name in the configuration: the first part of every key."""
        return self.cluster.name

    @cached_property
    def guests(self) -> tuple[GuestView, ...]:
        """Guests in scope, in the order of their vmids."""
        chosen = (guest for guest in self.cluster.guests if self.scope.includes(guest))
        ordered = sorted(chosen, key=lambda guest: (guest.vmid, guest.type))
        return tuple(GuestView(guest, self, self.rules.of_guest(guest)) for guest in ordered)

    @cached_property
    def scope(self) -> scope.CompiledScope:
        """Which guests are in scope."""
        return scope.compiled(self.policy.scope, self.name)

    @cached_property
    def filings(self) -> Mapping[str, Filing]:
        """Where each node is filed, by its name."""
        return {node.name: self.rules.of_node(node) for node in self.nodes}

    @cached_property
    def by_vmid(self) -> Mapping[int, GuestView]:
        """Guests in scope: a vmid is unique in its cluster."""
        return {view.guest.vmid: view for view in self.guests}

    @cached_property
    def known(self) -> Mapping[tuple[str, str], Guest]:
        """Every guest, in scope or not, by type and vmid."""
        return {(guest.type, str(guest.vmid)): guest for guest in self.cluster.guests}

    @cached_property
    def zones(self) -> Mapping[str, SdnZone]:
        """SDN zones by name."""
        return {zone.name: zone for zone in self.cluster.sdn.zones} if self.cluster.sdn else {}

    def key_of(self, guest: Guest) -> str:
        """Key of a guest of this cluster, in scope or not."""
        return f"{self.name}/{guest.type}/{guest.vmid}"

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The cluster's nodes."""
        return self.cluster.nodes

    @cached_property
    def node_names(self) -> frozenset[str]:
        """Names of the cluster's nodes."""
        return frozenset(node.name for node in self.nodes)


class Context:
    """State, inventory and policy for the mapping files; collects what they desire and what is wrong."""

    def __init__(self, state: State, inventory: Inventory, policy: Policy) -> None:
        """Pair every cluster of the state with its policy; clusters the configuration lacks are out of scope.

        RefusedError for a state that is redacted: what is hidden is not gone.
        """
        if state.redacted:
            raise RefusedError(
                "the state is redacted: a plan would take its hidden notes and addresses for gone",
                hint="Plan from a state that was collected without --redact.",
            )
        self.state_digest = state.digest
        self.inventory = inventory
        self.policy = policy
        self.version = inventory.version
        self.desired: dict[str, Desired] = {}
        self.problems: list[Problem] = []
        self._said: set[Problem] = set()
        self.held: set[str] = set()  # addresses of what is not to be made while a value of it is in doubt
        self.custom_fields: dict[tuple[str, str], str | None] = {}  # (kind, name) -> its type, null when unfit
        pairs = ((cluster, policy.cluster(cluster.name)) for cluster in state.clusters)
        self.clusters = tuple(_view(policy, cluster, found) for cluster, found in pairs if found is not None)

    @cached_property
    def rows_by_key(self) -> Mapping[str, Mapping[str, Row]]:
        """Rows that carry our key: kind -> key -> row."""
        return {kind: {row.key: row for row in rows if row.key} for kind, rows in self.inventory.kinds.items()}

    @cached_property
    def rows_by_fingerprint(self) -> Mapping[tuple[str, ...], list[tuple[str, Row]]]:
        """Our virtual machines (key and row) by uuid and vmgenid, where both are known."""
        found: dict[tuple[str, ...], list[tuple[str, Row]]] = {}
        for key, row in self.rows_by_key.get("virtual-machine", {}).items():
            print_ = (row.applied or {}).get("fingerprint") or {}
            if "uuid" in print_ and "vmgenid" in print_:
                found.setdefault((print_["uuid"], print_["vmgenid"]), []).append((key, row))
        return found

    def has(self, kind: Kind) -> bool:
        """Whether a kind is planned: it is in scope, and this NetBox has it."""
        return self.policy.areas.include(kind.areas) and kind.since <= self.version and self.inventory.has(kind)

    def leave_out(self, kinds: Mapping[str, Kind]) -> None:
        """Drop what this NetBox has no place for, and the references to it."""
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

    def row(self, kind: str, key: str) -> Row | None:
        """Return the NetBox object that carries `key`."""
        return self.rows_by_key.get(kind, {}).get(key)

    def add(self, wanted: Desired) -> Ref:
        """Want an object; wanting it twice the same way is fine."""
        self.desired.setdefault(wanted.address, wanted)
        return wanted.ref()

    def support(self, kind: str, name: str, slug_text: str | None = None, **fields: object) -> Ref:
        """Want a support object by name: found by name or slug, made when it is ours to make."""
        title = clean(name, 100)
        short = slug_text or slug(title)
        return self.add(Desired(kind, short, title, {"name": title, "slug": short, **fields}, marked=False))

    def report(self, filing: Filing, address: str) -> None:
        """Report the templates that gave an object no value; it is not made until they do."""
        for failure in filing.failures:
            rule = spoken(self.policy, failure.place)
            self.problem(
                ProblemCode.RULE_FAILED,
                address,
                f"{rule} can't give {address} its {failure.key}: {failure.why}",
                f"`proxbox validate --explain {address.partition(':')[2]}` shows the rule; the value stays as it is.",
            )
        if filing.unsure:
            self.held.add(address)

    def problem(self, code: ProblemCode, address: str, message: str, hint: str = "") -> None:
        """Report something a person should know; the plan goes on."""
        problem = Problem(code=code, address=address, message=message, hint=hint)
        if problem not in self._said:
            self._said.add(problem)
            self.problems.append(problem)


def _view(policy: Policy, cluster: Cluster, found: ClusterPolicy) -> ClusterView:
    filed = effective(policy, found, cluster)
    facts = ClusterFacts.of(cluster, site=filed.site, tenant=filed.tenant)
    return ClusterView(cluster, filed, rule_book(policy, filed, facts))
