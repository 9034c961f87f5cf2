"""The one place that knows the package: collecting from answers in-process, and planning against a NetBox that agrees.

Whatever is renamed or moved in the package is fixed here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from pydantic import SecretStr

from proxbox_plan.clients.proxmox.client import ProxmoxClient, ProxmoxReadError
from proxbox_plan.clients.proxmox.session import ReadAnswer
from proxbox_plan.collect.proxmox.options import CollectOptions
from proxbox_plan.collect.proxmox.reading import Reader
from proxbox_plan.collect.proxmox.run import read_cluster
from proxbox_plan.core.errors import ProxboxError
from proxbox_plan.core.progress import OneAtATime
from proxbox_plan.model.connection import ProxmoxConnection
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy import (
    AddressRule,
    ClusterPolicy,
    Condition,
    NodeRule,
    NodeTargets,
    Policy,
    Rule,
    Scope,
    Targets,
)
from proxbox_plan.model.policy.areas import Areas, TaskArea
from proxbox_plan.model.state import State
from proxbox_plan.plan import make_plan
from tests.ignorance.answers import Answers, Reply, key_of, reply_to
from tests.plan.world import World

Found = TypeVar("Found")
NOW = 1_780_000_000.0
ROUNDS = 5
VERSION = "/version"
AREAS = Areas(
    guest_os=True,
    guest_hostname=True,
    notes=True,
    tag_colors=True,
    snapshots=True,
    backups=True,
    tasks=TaskArea(days=3650),
    firewall=True,
    sdn=True,
    cpu_models=True,
)
PLUGIN = {"netbox_proxbox": "0.0.29.post6"}
USER, TOKEN = "proxbox@pve", "plan"
CONNECTION = ProxmoxConnection(
    cluster="lab", host="pve.example", user=USER, token_name=TOKEN, token_secret=SecretStr("not-a-secret"), timeout=1.0
)
# Everything that decides by what Proxmox says: the more is decided, the more a missing answer can decide wrongly.
POLICY = Policy(
    clusters=(ClusterPolicy(name="lab", site="DC1", host="pve.example"),),
    rules=(
        Rule(when=Condition(pool="prod*"), set=Targets(role="Production", tags="in-production")),
        Rule(when=Condition(ha="?*"), set=Targets(tags="highly-available")),
        Rule(when=Condition(tag="*"), set=Targets(tags="tagged")),
        Rule(when=Condition(vlan=("7", "40-110")), set=Targets(tags="of-a-vlan", status="staged")),
        Rule(when=Condition(agent_os="Windows*"), set=Targets(vm_type="Windows machine")),
        Rule(set=Targets(role="Other", tags="managed", dns_name="{{ guest.agent_hostname }}.example.org")),
    ),
    address_rules=tuple(
        map(
            AddressRule.model_validate,
            (
                {"when": {"vlan": "1-4094"}, "set": {"tags": "in-a-vlan", "description": "{{ address.prefix }}"}},
                {"when": {"guest": "?*"}, "set": {"status": "dhcp", "tags": "{{ address.hostname }}"}},
                {"set": {"role": "{% if address.prefix_length in (32, 128) %}vip{% else %}secondary{% endif %}"}},
            ),
        )
    ),
    node_rules=(
        NodeRule(
            set=NodeTargets(
                description="{{ node.version }} on {{ node.cpus }} {{ node.cpu }}, {{ node.memory_mib }} MiB",
                dns_name="{{ node.name }}.{{ node.location }}.{{ node.address }}",
                status="{% if node.online %}active{% else %}offline{% endif %}",
                tags="{% if cluster.standalone %}alone{% else %}in-{{ cluster.proxmox_name }}{% endif %}",
            )
        ),
    ),
    areas=AREAS,
    create_sites=True,
    node_prefixes=True,
    pool_tags=True,
)
EXCLUDED_POOL = "lab"
_DETAIL = re.compile(r'"detail":"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True)
class Verdict:
    """What a plan holds against a NetBox that agreed: nothing, a refusal, or changes without a cause."""

    changes: Counter[str] = field(default_factory=Counter)
    """How often each `kind.action.field` is planned."""
    places: Mapping[str, str] = field(default_factory=dict)
    """The first address of each, or what else there is to say."""
    refusal: str = ""

    @property
    def violates(self) -> bool:
        """Whether it breaks the law."""
        return bool(self.changes)


class _Session:
    """The transport: replies instead of a connection."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers

    def request(self, method: str, url: str, params: dict[str, Any] | None = None, **_: Any) -> ReadAnswer:
        assert method == "GET"
        path = urlsplit(url).path.removeprefix("/api2/json")
        reply = reply_to(key_of(path, {name: str(value) for name, value in (params or {}).items()}), self.answers)
        if reply.silent:
            raise requests.ReadTimeout("Read timed out.")
        return ReadAnswer(reply.status, reply.reason, reply.content)

    def close(self) -> None:
        """There is nothing to close."""


@dataclass(frozen=True)
class _Kept:
    """What became of one reply when it was read."""

    reply: Reply
    data: Any = None
    error: ProxmoxReadError | None = None


@dataclass
class Memory:
    """What is known of an estate's own answers, so that a case costs only what it changes."""

    replies: dict[str, _Kept] = field(default_factory=dict)
    calls: dict[Any, _Call] = field(default_factory=dict)


class InProcessClient(ProxmoxClient):
    """The package's client on replies; a reply that was read before is not read again."""

    def __init__(self, answers: Answers, memory: Memory) -> None:
        """Take the replies, and what is known of some of them."""
        super().__init__(CONNECTION)
        self._answers = answers
        self._transport = _Session(answers)
        self._memory = memory.replies
        self.asked: list[str] = []

    def _session(self) -> Any:
        return self._transport

    def get(self, path: str, **params: str | int) -> Any:
        """Return the data of one GET."""
        key = key_of(path, {name: str(value) for name, value in params.items()})
        self.asked.append(key)
        reply = reply_to(key, self._answers)
        kept = self._memory.get(key)
        if kept is None or kept.reply is not reply:
            kept = self._read(path, params, reply)
            self._memory.setdefault(key, kept)
        if kept.error is not None:
            raise kept.error.with_traceback(None)
        return kept.data

    def _read(self, path: str, params: dict[str, Any], reply: Reply) -> _Kept:
        try:
            return _Kept(reply, super().get(path, **params))
        except ProxmoxReadError as error:
            return _Kept(reply, error=error)


@dataclass(frozen=True)
class _Call:
    """A part of a collection that was read before: what it asked for, and what became of it."""

    rest: tuple[Any, ...]
    asked: frozenset[str]
    future: Future[Any]


class AtOnce(Executor):
    """Runs what is submitted then and there: no thread, and the same order each time.

    A part that asks only for what is as it was, of the same thing, is not read again: that is most of an estate.
    """

    def __init__(self, client: InProcessClient, memory: Memory, changed: AbstractSet[str]) -> None:
        """Take what tells which keys were asked for, what is known, and the keys with other replies."""
        self._client = client
        self._memory = memory
        self._changed = changed

    def submit(self, fn: Callable[..., Found], /, *args: Any, **kwargs: Any) -> Future[Found]:
        """Run it, or return what became of it before."""
        known = self._memory.calls.get((fn, args[1])) if _is_read_of(args) else None
        if known and known.asked.isdisjoint(self._changed) and known.rest == _comparable(args):
            return known.future
        future: Future[Found] = Future()
        before = len(self._client.asked)
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # as a pool does
            future.set_exception(error)
            return future
        asked = frozenset(self._client.asked[before:])
        if _is_read_of(args) and not self._changed:
            self._memory.calls[fn, args[1]] = _Call(_comparable(args), asked, future)
        return future


def _is_read_of(args: tuple[Any, ...]) -> bool:
    """Whether a call reads one thing: a reader comes first, then the thing, by which it is remembered."""
    if len(args) < 2 or not isinstance(args[0], Reader):
        return False
    try:
        hash(args[1])
    except TypeError:
        return False
    return True


def _comparable(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what else a call is given; of what holds a reader itself, the nodes it knows."""
    return tuple(getattr(given, "nodes", given) for given in args[2:])


def collect(
    answers: Answers, memory: Memory | None = None, changed: AbstractSet[str] = frozenset()
) -> tuple[State, list[str]]:
    """Collect everything there is from replies; return the state, and the keys that were asked for.

    With a memory, what is not `changed` is as it was when the memory was filled.
    """
    memory = memory or Memory()
    client = InProcessClient(answers, memory)
    # It is asked for when the client connects, which is no part of a collection: without it there is none.
    version = str(client.get(VERSION)["version"])
    cluster = read_cluster(
        Reader(client),
        CONNECTION,
        AtOnce(client, memory, changed),
        CollectOptions(AREAS, NOW, version),
        OneAtATime(None),
    )
    return State.make(clusters=(cluster,)), client.asked


class Estate:
    """One Proxmox, and a NetBox that agrees with all of its answers."""

    def __init__(self, name: str, answers: Answers, policy: Policy = POLICY) -> None:
        """Take the full answers; what is asked for and what NetBox says follow from them."""
        self.name = name
        self.answers = answers
        self._policy = policy.model_copy(update={"clusters": (_excluding(policy.clusters[0]),)})
        self._memory = Memory()
        self._verdicts: dict[str, Verdict] = {}
        self.state, asked = collect(answers, self._memory)
        self.asked = tuple(sorted({*asked} - {VERSION}))

    @cached_property
    def inventory(self) -> Inventory:
        """What NetBox says after it was synced from the full answers."""
        world = World(self.state, self._policy, plugins=PLUGIN)
        for _ in range(ROUNDS):
            if not world.apply().changes:
                return world.inventory
        raise AssertionError(f"{self.name} does not settle: {sorted(_verdict(world.plan()).changes)[:5]}")

    def judge(self, changed: Answers) -> Verdict:
        """Collect with these replies in place of the full ones, plan, and return what would be changed."""
        try:
            return self._plan(self.collect(changed))
        except ProxboxError as error:
            return Verdict(refusal=f"{type(error).__name__}: {error}")
        except Exception as error:  # noqa: BLE001  # whatever it is, it is no answer to a user
            name = f"crash.{type(error).__name__}"
            return Verdict(Counter({name: 1}), {name: str(error)[:200]})

    def collect(self, changed: Answers) -> State:
        """Collect with these replies in place of the full ones."""
        return collect({**self.answers, **changed}, self._memory, changed.keys())[0]

    def plan(self, state: State) -> Plan:
        """Plan a state against the NetBox that agrees."""
        return make_plan(state, self.inventory, self._policy, "sha256:config")

    def _plan(self, state: State) -> Verdict:
        # What was planned before is not planned again; the text of a reason decides nothing.
        text = _DETAIL.sub("", state.clusters[0].model_dump_json())
        if text not in self._verdicts:
            self._verdicts[text] = _verdict(self.plan(state))
        return self._verdicts[text]


def _verdict(plan: Plan) -> Verdict:
    """Return how often each field of each kind is changed, and where first."""
    found: Counter[str] = Counter()
    places: dict[str, str] = {}
    for change in plan.changes:
        what = f"{change.kind}.{change.action.value}"
        updated = change.action.value == "update"
        for name in {f"{what}.{item.field}" for item in change.fields} if updated else {what}:
            found[name] += 1
            places.setdefault(name, change.address)
    return Verdict(found, places)


def _excluding(cluster: ClusterPolicy) -> ClusterPolicy:
    """Leave one pool out: what is excluded by a pool must stay so when the pools are unknown."""
    return cluster.model_copy(update={"scope": Scope(exclude=(Condition(pool=EXCLUDED_POOL),))})
