"""What guest agents say: the platform of a virtual machine and facts of rules; silence takes nothing back."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.kind import Owner
from proxbox_plan.model.plan import Action
from proxbox_plan.model.policy import ClusterPolicy, Condition, Policy, Rule, Scope, Targets
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.state import COMPLETE, AgentOs, Coverage, Guest, GuestCoverage, Incomplete
from tests.plan.lab import container, incomplete, lab, now, vm
from tests.plan.world import World, fields_of, policy

VM = "virtual-machine:lab/qemu/100"
ASKED = Areas(guest_os=True, guest_hostname=True)
DEBIAN = AgentOs(name="Debian GNU/Linux", version="12")
LINUX = "Linux (kernel 2.6 or newer)"
SILENCE = [
    Incomplete.AGENT_SILENT,
    Incomplete.AGENT_DISABLED,
    Incomplete.GUEST_STOPPED,
    Incomplete.TIMEOUT,
    Incomplete.FORBIDDEN,
    Incomplete.BAD_ANSWER,
    Incomplete.NOT_READ,
]


def said(os: AgentOs | None = DEBIAN, hostname: str | None = "web01", **fields: Any) -> Guest:
    """Return a virtual machine whose agent said what it is."""
    answered = GuestCoverage(agent_os=COMPLETE, agent_hostname=COMPLETE)
    return vm(**{"agent_os": os, "agent_hostname": hostname, "coverage": answered} | fields)


def silent(why: Coverage | None = None, **fields: Any) -> Guest:
    """Return the same without an answer."""
    unanswered = why or incomplete(Incomplete.AGENT_SILENT)
    return vm(**{"coverage": GuestCoverage(agent_os=unanswered, agent_hostname=unanswered)} | fields)


def settled(*guests: Guest, **options: Any) -> World:
    """Return a NetBox that agrees with what the agents said."""
    made = World(lab(*guests), asking(**options))
    made.settle()
    return made


def asking(**options: Any) -> Policy:
    """Return a policy under which the agents are asked."""
    return policy(**{"areas": ASKED} | options)


def choose(made: World, name: str) -> None:
    """Let a person choose another platform."""
    row = made.add("platform", name, slug="theirs")
    made.edit("virtual-machine", "lab/qemu/100", platform=made.ref("platform", row.id))


def platform(made: World, name: str = "vm-100") -> Any:
    """Return the platform that a virtual machine has in NetBox."""
    row = next(row for row in made.rows["virtual-machine"].values() if row.name == name)
    found = row.fields.get("platform")
    return found and found["name"]


@pytest.mark.parametrize(
    ("os", "name"),
    [
        (DEBIAN, "Debian GNU/Linux 12"),
        (AgentOs(name="Windows Server", version="2022"), "Windows Server 2022"),
        (AgentOs(name="Alpine Linux", version="3.20.3"), "Alpine Linux 3.20"),
        (AgentOs(name="openSUSE Tumbleweed", version="20261130"), "openSUSE Tumbleweed"),
        (AgentOs(name="Arch Linux"), "Arch Linux"),
    ],
)
def test_the_platform_is_the_operating_system_inside(os: AgentOs, name: str) -> None:
    """It comes before `ostype`; a patch release is no platform of its own."""
    assert platform(settled(said(os))) == name


def test_a_container_has_no_agent() -> None:
    """Its `ostype` is the distribution, and nothing about it is unknown."""
    made = settled(container(coverage=GuestCoverage(agent_os=COMPLETE, agent_hostname=COMPLETE)))
    assert platform(made, "ct-200") == "Debian"
    assert made.plan().complete


def test_what_agents_say_is_out_of_scope_by_default() -> None:
    """Also when the state has it."""
    assert platform(settled(said(), areas=Areas())) == LINUX


@pytest.mark.parametrize("reason", SILENCE)
def test_a_silent_agent_takes_no_platform_back(reason: Incomplete) -> None:
    """Nothing changes, whatever `ostype` says, and the plan says why; nothing was asked of a state without it."""
    plan = now(settled(said()), silent(incomplete(reason), ostype="win11")).plan()
    assert plan.changes == ()
    waits = {item.address: (item.action, item.reason, item.fields) for item in plan.deferred}
    expected = {VM: (Action.UPDATE, reason, ("platform",))}
    assert waits == ({} if reason is Incomplete.NOT_READ else expected)


def test_a_new_machine_that_does_not_run_has_the_general_platform() -> None:
    """It is named exactly once its agent answers, and stays so when that is silent again."""
    made = settled(silent())
    assert platform(made) == LINUX
    assert made.plan().complete
    made = now(made, said())
    assert fields_of(made.plan(), VM)["platform"][1] == "Debian GNU/Linux 12"
    made.apply()
    made = now(made, silent())
    assert made.plan().changes == ()


def test_an_upgrade_inside_is_an_update() -> None:
    """The platform follows what the agent says."""
    plan = now(settled(said()), said(AgentOs(name="Debian GNU/Linux", version="13"))).plan()
    assert [change.address for change in plan.changes] == ["platform:debian-gnu-linux-13", VM]


def test_what_people_chose_is_theirs() -> None:
    """It stays whether the agent answers or not, and a plan is not incomplete because of it."""
    made = settled(said())
    made.edit(
        "virtual-machine", "lab/qemu/100", platform=made.ref("platform", made.add("platform", "Plan 9", slug="9").id)
    )
    for guest in (said(), silent()):
        plan = now(made, guest).plan()
        assert [item.field for item in plan.preserved] == ["platform"]
        assert VM not in {change.address for change in plan.changes}
        assert plan.complete


def test_an_owner_of_platforms_does_not_let_silence_win() -> None:
    """With Proxmox authoritative, a person's platform waits for the agent instead of becoming a general one."""
    made = settled(said(), owners={"virtual-machine": {"platform": Owner.PROXMOX}})
    made.edit(
        "virtual-machine", "lab/qemu/100", platform=made.ref("platform", made.add("platform", "Plan 9", slug="9").id)
    )
    plan = now(made, silent()).plan()
    assert VM not in {change.address for change in plan.changes}
    assert [item.fields for item in plan.deferred] == [("platform",)]
    assert fields_of(now(made, said()).plan(), VM)["platform"][1] == "Debian GNU/Linux 12"


def test_a_silent_agent_of_a_machine_with_another_vmid() -> None:
    """It keeps the platform wherever its guest is found again."""
    made = now(settled(said()), silent().model_copy(update={"vmid": 107}))
    made.apply()
    assert platform(made) == "Debian GNU/Linux 12"
    assert [item.fields for item in made.plan().deferred] == [("platform",)]


def test_a_silent_agent_of_a_machine_in_another_cluster() -> None:
    """The same of a guest that migrated there and is starting."""
    places = [ClusterPolicy(name=name, site="DC1") for name in ("lab", "other")]
    first, second = said(), silent()
    state = lab(first)
    both = [state.clusters[0], state.clusters[0].model_copy(update={"name": "other", "guests": ()})]
    made = World(state.remade(clusters=tuple(both)), Policy(clusters=tuple(places), create_sites=True, areas=ASKED))
    made.settle()
    moved = [item.model_copy(update={"guests": guests}) for item, guests in zip(both, ((), (second,)), strict=True)]
    made.state = state.remade(clusters=tuple(moved))
    made.policy = made.policy.without_limits()
    made.apply()
    assert platform(made) == "Debian GNU/Linux 12"


def test_rules_read_what_agents_say() -> None:
    """By conditions, and in templates."""
    rules = (
        Rule(when=Condition(agent_os="Debian*", agent_version="12"), set=Targets(role="Debian server")),
        Rule(
            when=Condition(agent_hostname="web*"),
            set=Targets(description="{{ guest.agent_hostname }}: {{ guest.agent_os }} {{ guest.agent_version }}"),
        ),
    )
    found = fields_of(World(lab(said()), asking(rules=rules)).plan(), VM)
    assert found["role"][1] == "Debian server"
    assert found["description"][1] == "web01: Debian GNU/Linux 12"


RULES = (
    Rule(when=Condition(agent_os="Debian*"), set=Targets(role="Debian server", tags="debian")),
    Rule(set=Targets(role="Other", dns_name="{{ guest.agent_hostname }}.example.org")),
)


def test_what_rules_made_of_an_answer_stays() -> None:
    """Role and tags are neither taken back nor given by the rules that come after."""
    plan = now(settled(said(), rules=RULES), silent()).plan()
    assert plan.changes == ()
    assert {item.address: item.fields for item in plan.deferred} == {VM: ("platform", "role", "tags")}


def test_a_new_machine_does_not_wait_for_its_agent() -> None:
    """One that is stopped would never be documented: it comes without what only the agent decides."""
    made = World(lab(silent(incomplete(Incomplete.GUEST_STOPPED))), asking(rules=RULES))
    plan = made.plan()
    assert "role" not in fields_of(plan, VM)
    assert next(item.fields for item in plan.deferred if item.address == VM) == ("role", "tags")
    made.settle()
    made = now(made, said())
    assert fields_of(made.plan(), VM)["role"][1] == "Debian server"


def test_a_new_machine_waits_for_its_name() -> None:
    """Without one it cannot be created."""
    rules = (Rule(set=Targets(name="{{ guest.agent_hostname }}")),)
    plan = World(lab(silent()), asking(rules=rules)).plan()
    assert VM not in {change.address for change in plan.changes}
    assert "name" in next(item.fields for item in plan.deferred if item.address == VM)


def test_a_filter_on_what_agents_say() -> None:
    """A guest whose agent is silent may be in scope or not: it is left alone."""
    cluster = ClusterPolicy(name="lab", site="DC1", scope=Scope(include=(Condition(agent_os="Debian*"),)))
    made = World(lab(said()), policy(cluster, areas=ASKED))
    made.settle()
    plan = now(made, silent(memory_mib=4096)).plan()
    assert plan.changes == ()
    assert [item.reason for item in plan.deferred if item.address == VM] == [Incomplete.AGENT_SILENT]


def test_an_adopted_machine_without_a_platform() -> None:
    """It gets the general one while its agent is silent: NetBox has nothing that is more exact."""
    made = settled(silent())
    made.edit("virtual-machine", "lab/qemu/100", platform=None)
    made.rewrite("virtual-machine", "lab/qemu/100", key=None, last_applied=None)
    assert fields_of(made.plan(), VM)["platform"][1] == LINUX
