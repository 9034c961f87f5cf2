"""Hostile names: whatever guests, tags and NetBox's objects are called, the files are valid and mean what they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxbox_plan.api import load, mapping_tests_yaml, render_suggestion, rules_yaml, run_mapping_tests
from proxbox_plan.core.errors import ConfigError
from proxbox_plan.learn import literal
from proxbox_plan.learn.suggest import suggest
from proxbox_plan.model.policy import Rule
from proxbox_plan.model.policy.suggestion import RuleSuggestion, SuggestedRule
from proxbox_plan.model.state import Guest
from proxbox_plan.rules import templates
from tests.builders import HOSTILE
from tests.cases import sample
from tests.examples import examples
from tests.learn.hidden import KINDS, Values, filled
from tests.plan.lab import vm

CONFIG = """\
include: [rules.yaml]
clusters: [{name: lab, host: pve, site: DC1, cluster_scope: none, user: a@pam, password: {env: NOT_SET}}]
"""
NAMES = (
    *HOSTILE,
    "{{ 7*7 }}",
    "{% if x %}",
    "{# no comment #}",
    "it's {{ '\\' }}",
    "${HOME}",
    "$${HOME}",
    "/[a-z/",
    "/x/",
    "a*b?[c]",
    "yes",
    "null",
    "12",
    "1e3",
    "- item: {a}",
    "key: value #x",
    "'quoted' \"twice\"",
    "&anchor *alias !tag",
    "  spaces  ",
    "größe 東京 🦊",
)


def teaching(name: str, tag: str) -> RuleSuggestion:
    """Return what is learned of guests with a tag whose role has a name, beside guests without."""
    with_it = [vm(vmid, name=f"{vmid}-{name}"[:200], tags=(tag,), pool=tag) for vmid in range(100, 106)]
    others = [vm(vmid, name=f"other-{vmid}") for vmid in range(200, 212)]

    def decide(guest: Guest) -> Values:
        role = name if guest.vmid < 200 else "Server"
        return {**dict.fromkeys(KINDS), "site": "DC1", "role": role, "tenant": role}

    return suggest(filled(chosen=[*with_it, *others], decide=decide, noise=0).matched)


def loaded(folder: Path, suggestion: RuleSuggestion) -> tuple[Rule, ...]:
    """Return the rules as the configuration reads them; the tests beside it pass."""
    (folder / "proxbox.yaml").write_text(CONFIG)
    (folder / "rules.yaml").write_text(rules_yaml(suggestion), encoding="utf-8")
    (folder / "mapping-tests").mkdir(exist_ok=True)
    (folder / "mapping-tests" / "rules.yaml").write_text(mapping_tests_yaml(suggestion), encoding="utf-8")
    found = load(folder / "proxbox.yaml", {"HOME": "/root"})
    results = run_mapping_tests(found, folder / "proxbox.yaml")
    assert [result for result in results if result.failures] == []
    assert len(results) == len(suggestion.tests)
    return found.policy.rules


@pytest.mark.parametrize("name", sample(NAMES, quick=2))
def test_a_hostile_name_gives_valid_files(name: str, tmp_path: Path) -> None:
    """They are read back as the rules that were learned, and nothing in them is a template or a variable."""
    suggestion = teaching(name, name)
    assert suggestion.rules
    assert loaded(tmp_path, suggestion) == tuple(item.rule for item in suggestion.rules)
    for item in suggestion.rules:
        role = item.rule.set.role
        if role is not None:
            assert templates.compiled(role).render({}) in (name, "Server")
    assert "\x1b" not in render_suggestion(suggestion, verbose=True) + rules_yaml(suggestion)
    if literal.is_plain(name):
        assert suggestion.agree == suggestion.guests
    else:
        assert {item.netbox for item in suggestion.disagreements} == {name} or not name


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
@settings(max_examples=examples(60), deadline=None)
def test_any_name_gives_valid_files(tmp_path_factory: pytest.TempPathFactory, name: str, tag: str) -> None:
    """Of a role and of a tag."""
    suggestion = teaching(name, tag)
    assert loaded(tmp_path_factory.mktemp("any"), suggestion) == tuple(item.rule for item in suggestion.rules)


@pytest.mark.parametrize("text", ["/x/", "a*b", "[!x]", "?", "plain"])
def test_a_literal_matches_itself_only(text: str) -> None:
    """It is neither a pattern nor a regular expression."""
    from proxbox_plan.core.patterns import pattern  # noqa: PLC0415 # of this test alone

    expression = pattern(literal.glob(text))
    assert expression.search(text) is not None
    assert [other for other in ("x", "axb", "b", "!x", "plai") if other != text and expression.search(other)] == []


def test_every_sort_of_condition_is_read_back(tmp_path: Path) -> None:
    """Lists, numbers, what there is none of, and two at once."""
    given = (
        {"when": {"vlan": [10, "20-29"], "type": "lxc"}, "set": {"role": "A"}},
        {"when": {"unless": {"pool": "?*"}, "name": ["a-*", "b-*"]}, "set": {"tenant": "B"}},
        {"when": {"unless": {"vlan": "1-4094"}}, "set": {"vrf": "C"}},
        {"set": {"site": "D", "platform": "{{ '{{' }}"}},
    )
    rules = tuple(SuggestedRule(rule=Rule.model_validate(item), guests=2, support=2) for item in given)
    found = loaded(tmp_path, RuleSuggestion(guests=9, agreed=1, agree=1, rules=rules))
    assert found == tuple(item.rule for item in rules)


def test_the_files_without_a_rule(tmp_path: Path) -> None:
    """Are valid, too."""
    assert loaded(tmp_path, RuleSuggestion(guests=1, agreed=1, agree=1)) == ()


def test_the_text_of_a_configuration_is_not_guessed(tmp_path: Path) -> None:
    """A rule that is broken by hand is refused like any other."""
    (tmp_path / "proxbox.yaml").write_text(CONFIG)
    (tmp_path / "rules.yaml").write_text("rules: [{set: {rolle: x}}]\n")
    with pytest.raises(ConfigError, match=r"rules\.yaml:1"):
        load(tmp_path / "proxbox.yaml", {})
