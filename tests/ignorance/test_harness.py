"""The net has no hole: what breaks the law is found, named and held against the list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ignorance import known as listing
from tests.ignorance import meaning
from tests.ignorance.answers import Answers, endpoint_of, ok, recorded, refused
from tests.ignorance.case import Case, Sort
from tests.ignorance.cases import ALONE, cases_of
from tests.ignorance.content import contents, parts_of, without
from tests.ignorance.estate import Estate, collect
from tests.ignorance.estates import RECORDINGS, estate
from tests.ignorance.known import compare, known, write
from tests.ignorance.meaning import MEANINGS, Line, Means
from tests.ignorance.pairs import pairs
from tests.ignorance.trial import Findings, attempt
from tests.ignorance.whole import FAULTS, whole_answers
from tests.recordings import CLUSTER_9, STANDALONE

BACKUP = "/cluster/backup"
PLANTED = (STANDALONE, "content", BACKUP, "planted")


def case(make: Callable[[], Answers]) -> Case:
    """Return a case on the smallest estate."""
    return Case(STANDALONE, Sort.CONTENT, endpoint=BACKUP, fault="planted", where=BACKUP, make=make)


def test_a_planted_violation_is_found() -> None:
    """What is knowledge changes something: were the table wrong about it, the plan would show it."""
    found = attempt([case(lambda: {BACKUP: ok([])})])
    assert found.violations == {PLANTED: Counter({"proxbox-backup-routine.update.status": 1})}
    assert compare(found, {}) != []


@pytest.mark.slow
def test_a_line_of_the_table_that_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were an empty list of jobs unknown, today's code would break the law."""
    wrong = {**MEANINGS, BACKUP: (Line(Means.UNKNOWN, ("*",), "planted"),)}
    monkeypatch.setattr(meaning, "MEANINGS", wrong)
    planted = [made for made in contents(estate(STANDALONE), elsewhere=frozenset()) if made.endpoint == BACKUP]
    assert "no rows" in {made.fault for made in planted}
    assert any("proxbox-backup-routine.update.status" in changes for changes in attempt(planted).violations.values())


def test_a_crash_is_a_violation_and_a_refusal_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that is no answer to a user is never right."""
    made = Estate(STANDALONE, recorded(STANDALONE))
    assert not made.judge({"/cluster/resources": refused(403, "no")}).violates

    def fail(*_: object) -> None:
        raise KeyError("planted")

    monkeypatch.setattr(made, "plan", fail)
    assert made.judge({"/storage": refused(403, "no")}).changes == Counter({"crash.KeyError": 1})


def test_the_list_may_only_get_shorter() -> None:
    """What is new is an error, and what is gone as well."""
    found = Findings(violations={PLANTED: Counter({"storage.delete": 2})})
    assert compare(found, {PLANTED: Counter({"storage.delete": 2})}) == []
    assert compare(found, {PLANTED: Counter({"storage.delete": 1})})[0].startswith("NEW")
    assert compare(found, {PLANTED: Counter({"storage.delete": 2, "tag.delete": 1})})[0].startswith("GONE")
    assert compare(Findings(), {PLANTED: Counter({"storage.delete": 2})})[0].startswith("GONE")


def test_the_list_is_read_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups that are written together are told apart again."""
    monkeypatch.setattr(listing, "SAMPLE", tmp_path / "known.json")
    violations = {
        (name, "answer", "/storage", fault): Counter({"storage.delete": 1, "tag.create": count})
        for name, fault, count in (("a", "403", 1), ("a", "500", 1), ("b", "403", 1), ("b", "500", 2))
    }
    write(violations, everything=False)
    assert known(everything=False) == violations


def test_what_one_of_a_pair_changes_alone_is_not_counted_twice() -> None:
    """A pair is only guilty of what neither of its parts does."""
    alone = [case(lambda: {BACKUP: ok([])}), case(lambda: {"/cluster/options": ok({})})]
    pair = next(pairs(estate(STANDALONE), alone))
    assert pair.breaks(estate(STANDALONE).judge(pair.make()).changes) == []
    assert pair.breaks(["virtual-machine.delete"]) == ["virtual-machine.delete"]


def test_knowledge_is_not_held_against_a_case() -> None:
    """A case may say which changes are right."""
    allowing = replace(case(dict), knowledge=("tag.*",))
    assert allowing.breaks(["tag.create", "site.create"]) == ["site.create"]


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_answer_can_be_lost_in_every_way(name: str) -> None:
    """Whatever was asked for and answered."""
    made = estate(name)
    tried = {(found.where, found.fault) for found in whole_answers(made, everywhere=frozenset())}
    good = {key for key in made.asked if key in made.answers and made.answers[key].status == 200}
    assert {(key, fault) for key in good for fault in FAULTS} <= tried


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_run_tries_every_endpoint(name: str) -> None:
    """In some way, on every recording."""
    made = estate(name)
    good = {endpoint_of(key) for key in made.asked if key in made.answers and made.answers[key].status == 200}
    assert good <= {found.endpoint for found in cases_of(name, Sort.ANSWER, everything=False)}


def test_a_part_is_taken_out_and_nothing_else() -> None:
    """Rows, fields, nested ones and options; the answer itself stays as it is."""
    data = {"rows": [{"type": "a", "x": 1}, {"type": "b"}], "net0": "virtio=M,bridge=vmbr0,tag=5"}
    lacking = {part.name: without(data, part) for part in parts_of(data)}
    assert lacking["row rows.a"]["rows"] == [{"type": "b"}]
    assert lacking["field rows.a.x"]["rows"] == [{"type": "a"}, {"type": "b"}]
    assert lacking["no rows in rows"]["rows"] == []
    assert lacking["option netN:bridge"]["net0"] == "virtio=M,tag=5"
    assert "net0" not in lacking["field netN"]
    assert lacking["no fields"] == {}
    assert data["net0"] == "virtio=M,bridge=vmbr0,tag=5"


@pytest.mark.slow
def test_what_is_remembered_is_what_would_be_read() -> None:
    """A case that only reads what it changes collects the same as one that reads everything."""
    made = estate(CLUSTER_9)
    for found in [found for sort in ALONE for found in cases_of(CLUSTER_9, sort, everything=False)][::40]:
        changed = found.make()
        if not made.judge(changed).refusal:
            assert made.collect(changed) == collect({**made.answers, **changed})[0], found.where
