"""Templates of rules: what they may say, and that none can look around, remember or take for ever."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.core.errors import ConfigError
from proxbox_plan.model.policy.facts import ClusterFacts, GuestFacts, NodeFacts
from proxbox_plan.model.state import Cluster
from proxbox_plan.rules.templates import LONGEST, TemplateFailedError, check_template, compiled
from tests.plan import lab
from tests.work import calls_of

MOST_CALLS = 200_000  # what is cut short makes billions otherwise
GUEST = lab.vm(100, name="prod-web.example.com", tags=("blue", "green"), pool=None, description="n" * 50_000)
VALUES: dict[str, Any] = {
    "guest": GuestFacts.of(GUEST).model_dump(),
    "cluster": ClusterFacts.of(Cluster(name="lab"), site="DC1", tenant=None).model_dump(),
    "match": {"env": "prod"},
}
KNOWN = {"guest": GuestFacts.model_fields, "cluster": ClusterFacts.model_fields, "match": ("env",)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("{{ guest.name }}", "prod-web.example.com"),
        ("{{ guest.hostname|upper }}", "PROD-WEB"),
        ("{{ guest.domain }}", "example.com"),
        ("{{ match.env }}-{{ cluster.site }}", "prod-DC1"),
        ("{{ guest.pool }}", ""),
        ("{{ guest.pool or 'none' }}", "none"),
        ("{{ guest.vmid + 1 }}", "101"),
        ("{% for tag in guest.tags %}{{ tag }}{{ '' if loop.last else '+' }}{% endfor %}", "blue+green"),
        ("{{ guest.tags|join(', ') }}", "blue, green"),
        ("{{ guest.name.1 }}", "r"),
        ("{{ (guest.hostname|split('-'))[1] }}", "web"),
        ("{{ guest.hostname|replace('-', '_') }}", "prod_web"),
        ("{% if 'blue' in guest.tags %}B{% elif guest.pool %}P{% endif %}", "B"),
        ("{# only a remark #}", ""),
        ("{{ guest['name']|length }}", "20"),
    ],
)
def test_what_a_template_gives(text: str, value: str) -> None:
    """Printed without white space at the ends; what is not there is empty."""
    check_template(text, KNOWN)
    assert compiled(text).render(VALUES) == value


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{{ guest.nmae }}", "guest.nmae"),
        ("{{ match.app }}", "match.app"),
        ("{{ node.name }}", "node.name"),
        ("{{ gest.name }}", "gest"),
        ("{{ guest }}", "with a key"),
        ("{{ guest[cluster.name] }}", "in quotes"),
        ("{{ guest.name", "unexpected"),
        ("{% for a in guest.tags %}", "endfor"),
        ("{{ guest.name|nope }}", "nope"),
        ("{{ guest.name|attr('x') }}", "attr"),
        ("{% set x = 1 %}", "assign"),
        ("{% include 'x' %}", "include"),
        ("{% import 'x' as y %}", "import"),
        ("{% macro m() %}{% endmacro %}", "macro"),
        ("{{ range(9) }}", "call"),
        ("{{ guest.name.format(1) }}", "call"),
        ("{% with a = 1 %}{% endwith %}", "assign"),
        ("{% for a in guest.tags %}{% for b in guest.tags %}{% endfor %}{% endfor %}", "loop inside a loop"),
        ("{% for guest in guest.tags %}{% endfor %}", "reserved name"),
        ("{{ '" + "x" * LONGEST + "' }}", "longer"),
        ("{{ self }}", "self"),
        ("{{ " + "(" * 300 + "1" + ")" * 300 + " }}", ""),
        ("{{ guest.tags|groupby('x') }}", "groupby"),
    ],
)
def test_what_is_no_template(text: str, word: str) -> None:
    """It is refused before anything is planned, with a word on why."""
    with pytest.raises(ConfigError) as refused:
        check_template(text, KNOWN)
    assert word in refused.value.message


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'x' * 10**9 }}",
        "{{ 10**10**10 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ guest.name.__class__ }}",
        "{{ guest.description|replace('n', guest.description) }}",
        "{{ guest.description|join(guest.description) }}",
        "{% for a in guest.description %}{{ guest.description }}{% endfor %}",
        "{{ guest.vmid // 0 }}",
        "{{ guest.description|replace('n', '" + "y" * 100 + "') }}",
        "{{ guest.memory_mib + guest.name }}",
        "{{ guest.name.nothing }}",
        "{{ guest.description|replace('n', guest.description)|length }}",
        "{{ guest.description|join(guest.description)|length }}",
    ],
)
def test_a_template_can_do_no_harm(text: str) -> None:
    """It fails soon, with a word on why."""
    template = compiled(text)

    def render() -> None:
        with pytest.raises(TemplateFailedError, match=r"\w"):
            template.render(VALUES)

    assert calls_of(render) < MOST_CALLS


def test_the_facts_it_reads_are_known() -> None:
    """So that a fact that was not read from Proxmox makes its value unsure."""
    assert compiled("{{ guest.os }}{% if match.env %}{{ cluster['site'] }}{% endif %}").facts == {
        "guest.os",
        "match.env",
        "cluster.site",
    }


def test_what_is_read_later_is_a_fact() -> None:
    """The lists of what may be unread name facts that there are."""
    assert GuestFacts.model_fields.keys() >= GuestFacts.LATER
    assert NodeFacts.model_fields.keys() - {"name"} == {
        *NodeFacts.FROM_MEMBERSHIP,
        *NodeFacts.FROM_STATUS,
        *NodeFacts.FROM_CONFIG,
    }
    assert ClusterFacts.model_fields.keys() >= ClusterFacts.FROM_STATUS
