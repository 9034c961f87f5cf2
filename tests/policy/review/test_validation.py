"""A rule of review that names what does not exist, or can never be met, is an error with a suggestion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from proxbox_plan import api
from proxbox_plan.core.errors import ConfigError
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.policy import ReviewCondition
from proxbox_plan.policy.checks.vocabulary import Vocabulary
from proxbox_plan.policy.review.validation import problems_of

VOCABULARY = Vocabulary.of(KINDS, ["lab", "nord"])


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"kind": "vm"}, "unknown kind 'vm'; did you mean 'virtual-machine'?"),
        ({"kind": "x*"}, "unknown kind 'x*'; it is one of "),
        ({"action": ["update", "remove"]}, "unknown action 'remove'; did you mean 'move'?"),
        ({"reason": "gone"}, "unknown reason 'gone'; did you mean 'gone-from-proxmox'?"),
        ({"cluster": "nrod"}, "unknown cluster 'nrod'; did you mean 'nord'?"),
        ({"field": "memroy"}, "no kind has a field 'memroy'; did you mean 'memory'?"),
        (
            {"kind": "virtual-disk", "field": "vcpus"},
            "no virtual-disk has a field 'vcpus', only proxbox-template, virtual-machine",
        ),
        ({"action": "delete", "field": "size"}, "never met: to delete writes no field"),
    ],
)
def test_a_name_that_does_not_exist(when: dict[str, Any], words: str) -> None:
    """Said with what is meant, or what there is."""
    found = list(problems_of(ReviewCondition.model_validate(when), VOCABULARY))
    assert [words in problem.message for problem in found] == [True], found


@pytest.mark.parametrize(
    "when",
    [
        {},
        {"kind": "Virtual-*", "field": ["mem*", "status"], "action": "/^(create|update)$/", "cluster": ["lab", "n*"]},
        {"guest": "whatever", "tag": ["any", "thing"], "reason": "gone-*"},
        {"any": [{"kind": "vlan"}, {"kind": "prefix"}], "unless": {"field": "tags"}},
    ],
)
def test_what_exists_is_no_problem(when: dict[str, Any]) -> None:
    """Names are compared in any case, and a pattern fits if one name does."""
    assert list(problems_of(ReviewCondition.model_validate(when), VOCABULARY)) == []


def test_a_condition_within_a_condition() -> None:
    """Where it is belongs to the problem."""
    when = {"any": [{}, {"kind": "vn"}], "unless": {"field": "x"}}
    found = [problem.place for problem in problems_of(ReviewCondition.model_validate(when), VOCABULARY)]
    assert found == [("any", 1, "kind"), ("unless", "field")]


CONFIG = """clusters:
  - name: lab
    host: pve
    token: {{id: "a@pve!b", secret: {{env: X}}}}
    site: DC1
    mode: {mode}
mode: {{{observed}: observe}}
review:
  - when: {{kind: {kind}}}
    class: {review}
"""


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"observed": "vlans"}, "proxbox.yaml:7:8: unknown kind 'vlans'; did you mean 'vlan'?"),
        ({"kind": "vlans"}, "proxbox.yaml:9:18: unknown kind 'vlans'; did you mean 'vlan'?"),
        ({"review": "aut"}, "proxbox.yaml:10:12: review[0].class must be 'auto', 'review' or 'hold'"),
        ({"mode": "watch"}, "proxbox.yaml:6:11: clusters[0].mode must be 'manage' or 'observe'"),
        ({"kind": "'/(/'"}, "proxbox.yaml:9:18: '/(/'"),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, changed: dict[str, str], words: str) -> None:
    """As for everything in the configuration."""
    sound = {"observed": "vlan", "kind": "vlan", "review": "auto", "mode": "observe"}
    file = tmp_path / "proxbox.yaml"
    file.write_text(CONFIG.format(**sound))
    assert api.load(file, {}).policy.review[0].review == "auto"
    file.write_text(CONFIG.format(**(sound | changed)))
    with pytest.raises(ConfigError) as caught:
        api.load(file, {})
    assert words in caught.value.message
