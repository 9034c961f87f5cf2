"""Explains the mapping of one guest, node, cluster or address: its values, and the result of each rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import UsageError
from proxbox_plan.core.key import Key
from proxbox_plan.explain.offline import filled
from proxbox_plan.mapping import assigned_address, cluster, device, ip_address, virtual_machine, vlan
from proxbox_plan.mapping.assigned_address import AssignedAddress
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.estate.inside import host
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.model.base import Frozen
from proxbox_plan.model.kind import CUSTOM, NOTHING, Kind
from proxbox_plan.model.policy import ClusterPolicy, Policy
from proxbox_plan.model.policy.explanation import Explained, Explanation, Tried
from proxbox_plan.model.policy.rules import AddressTargets, ClusterTargets, NodeTargets, Targets
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import Guest, State
from proxbox_plan.rules.evaluate import Evaluation, RulePath
from proxbox_plan.rules.rule_book import evaluate_cluster, spoken

Where = Callable[[RulePath], str]

# Where the value of a key is written, unless it is the field of that name of the object itself.
_ELSEWHERE = {
    "vrf": (ip_address.KIND, "vrf"),
    "dns_name": (ip_address.KIND, "dns_name"),
    "vlan_group": (vlan.KIND, "group"),
}
_CALLED = {"vm_type": "virtual_machine_type", "netbox_name": "name", "cluster_group": "group"}
_DEFAULTS = {"tags": "`mapping`, and the tags in Proxmox", "manufacturer": "the cluster's `manufacturer`"}
_OF_CLUSTER = {"site": "scope"}


def explain(state: State, policy: Policy, wanted: str, where: Where) -> tuple[Explanation, ...]:
    """Return the mapping of every guest, node, cluster or address whose name, vmid or key is `wanted`.

    Where there are rules for addresses, those of a guest or node come after it. `where` gives `FILE:LINE` of a rule.
    Raises UsageError when the state has no match.
    """
    context = filled(state.clusters, policy)
    found = tuple(item for view in context.clusters for item in _of(context, view, wanted, where))
    if not found:
        names = ", ".join(view.name for view in context.clusters) or "none that is configured"
        raise UsageError(
            f"The state has no guest, node, cluster or address {wanted!r}",
            hint=f"Pass a name, a vmid, a key (lab/qemu/100) or an address. Clusters in the state: {names}.",
        )
    return found


def _of(context: MappingContext, view: ClusterView, wanted: str, where: Where) -> Iterator[Explanation]:
    explainer = _Explainer(context, view, where)
    for guest in view.cluster.guests:
        key = view.key_of(guest)
        meant = wanted in (guest.name, str(guest.vmid), key, Address.of(virtual_machine.KIND.name, key))
        if meant:
            yield _guest(view, guest, explainer)
        yield from explainer.addresses(_addresses(context, view, guest), wanted, all_of_them=meant)
    for node in view.nodes:
        key = device.key(view, node.name)
        meant = wanted in (node.name, key, Address.of(device.KIND.name, key))
        if meant:
            evaluation = view.rules.of_node(node, explain=True)
            yield explainer.tell(device.KIND, key, node.name, evaluation, NodeTargets)
        found = assigned_address.all_of_node(view, node, context.policy.addresses)
        yield from explainer.addresses(found, wanted, all_of_them=meant)
    key = Key.of(view.name, "cluster")
    if wanted in (view.name, key, Address.of(cluster.KIND.name, key)):
        own = context.policy.cluster(view.name) or view.policy
        evaluation = evaluate_cluster(context.policy, own, view.cluster, explain=True)
        yield explainer.tell(cluster.KIND, key, view.name, evaluation, ClusterTargets)


def _addresses(context: MappingContext, view: ClusterView, guest: Guest) -> Iterator[AssignedAddress]:
    """Yield the addresses of a guest that is in scope."""
    found = view.by_vmid.get(guest.vmid)
    if found is not None and found.unknown is None:
        for connected in (True, False):
            yield from ip_address.of_guest(context, found, connected=connected)


def _guest(view: ClusterView, guest: Guest, explainer: _Explainer) -> Explanation:
    key = view.key_of(guest)
    included = view.scope.includes(guest)
    if included is not True:
        address = Address.of(virtual_machine.KIND.name, key)
        return Explanation(address=address, name=guest.name or key, in_scope=included)
    evaluation = view.rules.of_guest(guest, explain=True)
    return explainer.tell(virtual_machine.KIND, key, guest.name or key, evaluation, Targets)


class _Explainer:
    """Combines the desired objects with the results of the rules."""

    def __init__(self, context: MappingContext, view: ClusterView, where: Where) -> None:
        self._context = context
        self._policy = context.policy
        self._cluster: ClusterPolicy = view.policy
        self._ruled = bool(view.rules.address_rules)
        self._where = where

    def addresses(self, found: Iterable[AssignedAddress], wanted: str, *, all_of_them: bool) -> Iterator[Explanation]:
        """Yield the explanation of each address that is called `wanted`; of all, where rules give them anything."""
        for item in found:
            address = Address.of(ip_address.KIND.name, item.key)
            called = wanted in (item.text, host(item.text), item.key, address)
            if (called or (all_of_them and self._ruled)) and address in self._context.desired:
                evaluation = item.evaluation(explain=True)
                yield self.tell(ip_address.KIND, item.key, item.text, evaluation, AddressTargets)

    def tell(self, kind: Kind, key: str, name: str, evaluation: Evaluation, targets: type[Frozen]) -> Explanation:
        address = Address.of(kind.name, key)
        fields = dict(self._context.desired[address].fields)
        fields["tags"] = list(self._context.desired[address].tags or ())
        custom = {key for key in evaluation.values.keys() | evaluation.unsure if key.startswith(CUSTOM)}
        keys = [*(name for name in targets.model_fields if name != "custom_fields"), *sorted(custom)]
        values = (self._value(kind, one, fields, evaluation) for one in keys)
        tried = tuple(
            Tried(
                origin=self._where(step.place),
                rule=spoken(self._policy, step.place),
                met=step.miss is None,
                gave=step.gave,
                miss=step.miss.why if step.miss else "",
            )
            for step in evaluation.steps
        )
        return Explanation(address=address, name=name, values=tuple(item for item in values if item), tried=tried)

    def _value(self, kind: Kind, key: str, fields: dict[str, Any], evaluation: Evaluation) -> Explained | None:
        if key in evaluation.unsure:
            failure = next((item for item in evaluation.failures if item.key == key), None)
            why = failure.why if failure else "the rule reads data that was not read from Proxmox"
            origin = self._where(failure.place) if failure else ""
            return Explained(key=key, value=None, origin=origin, why=f"stays as it is: {why}")
        value = self._wanted(kind, key, fields, evaluation)
        if value in NOTHING:
            return None
        place = evaluation.origins.get(key)
        if place is not None:
            return Explained(key=key, value=value, origin=self._where(place), why=spoken(self._policy, place))
        return Explained(key=key, value=value, origin="", why=self._default(kind, key))

    def _wanted(self, kind: Kind, key: str, fields: dict[str, Any], evaluation: Evaluation) -> Any:
        if key in _ELSEWHERE and kind not in (cluster.KIND, ip_address.KIND):
            return evaluation.text(key) or getattr(self._cluster, key, None)
        if kind is cluster.KIND and key in _ELSEWHERE:
            return getattr(self._cluster, key)
        if key == "manufacturer":
            return evaluation.text(key) or self._cluster.manufacturer
        value = fields.get(self._field(kind, key))
        return value.name if isinstance(value, Ref) else value

    def _field(self, kind: Kind, key: str) -> str:
        called = _CALLED.get(key, key)
        return _OF_CLUSTER.get(called, called) if kind is cluster.KIND else called

    def _default(self, kind: Kind, key: str) -> str:
        if key in _DEFAULTS:
            return _DEFAULTS[key]
        owner, field = _ELSEWHERE.get(key, (kind, self._field(kind, key)))
        return owner.field(field).source.removeprefix("`address_rules`, ").removeprefix("rules, ").removeprefix("else ")
