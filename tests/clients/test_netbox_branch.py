"""Branches: what a NetBox says of them that does not go well. The good cases run on the real plugin."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from proxbox_plan.clients.netbox.branch import (
    BRANCHES,
    ExistingBranch,
    find_branch,
    look_at_branch,
    make_branch,
    merge_branch,
)
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import NetBoxError, ProxboxError, RefusedError, UsageError
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault, RequestRecord
from proxbox_plan.plan import KINDS
from tests.apply.lab import Waits, client

SYNC = ExistingBranch(7, "sync", "abcd1234", "ready")
Answers = Callable[[RequestRecord], Any]


@pytest.fixture(scope="module")
def netbox() -> Iterator[FakeNetBoxThread]:
    """Run a fake NetBox that says it has the plugin; what it answers about branches is up to each test."""
    with FakeNetBoxThread(plugins={"netbox_branching": "1.2.2"}) as running:
        yield running


def run(netbox: FakeNetBoxThread, answers: Answers, work: Callable[[NetBox, Waits], Awaitable[Any]]) -> Any:
    """Do something with a client; `answers` gives a body, a (status, body), or None."""

    def faults(record: RequestRecord) -> Fault | None:
        answer = answers(record)
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return None if answer is None else Fault(status=status, body=body)

    async def inside() -> Any:
        waits = Waits()
        async with client(netbox, max_retries=0) as opened:
            netbox.fake.faults = faults
            try:
                return await work(opened, waits)
            finally:
                netbox.fake.faults = None

    return asyncio.run(inside())


def listed(*statuses: str) -> Answers:
    """Answer each question for the branch with its next status; the last one stays."""
    left = list(statuses)

    def answer(record: RequestRecord) -> Any:
        if record.method != "GET":
            return 201, {}
        status = left.pop(0) if len(left) > 1 else left[0]
        row = {"id": 7, "name": "sync", "schema_id": "abcd1234", "status": {"value": status}}
        return {"count": 1, "next": None, "results": [row] if status else []}

    return answer


def job(*statuses: str, error: str = "", **started: Any) -> Answers:
    """Answer the merge with a job, and each question for the job with its next status."""
    left = list(statuses)

    def answer(record: RequestRecord) -> Any:
        if record.method == "POST":
            return {"id": 3, **started}
        return {"id": 3, "status": {"value": left.pop(0) if len(left) > 1 else left[0]}, "error": error}

    return answer


def test_without_the_plugin() -> None:
    """The command line asks for what there is not."""
    with FakeNetBoxThread() as bare, pytest.raises(UsageError, match="netbox-branching"):
        run(bare, lambda _: None, lambda opened, _: find_branch(opened, "sync"))


@pytest.mark.parametrize(("status", "hint"), [("merged", "another name"), ("archived", "another name"), ("failed", "")])
def test_a_branch_that_can_t_be_written_to(netbox: FakeNetBoxThread, status: str, hint: str) -> None:
    """It is said which status it has, before anything is planned."""
    with pytest.raises(RefusedError, match=f"is {status}") as caught:
        run(netbox, listed(status), lambda opened, _: look_at_branch(opened, "sync", KINDS.values()))
    assert hint in caught.value.hint


def test_what_an_unintelligible_plugin_has_is_outside(netbox: FakeNetBoxThread) -> None:
    """Unknown is not inside: everything counts as written to main, so nothing is."""

    def answers(record: RequestRecord) -> Any:
        return {"detail": "?"} if "branchable" in record.path else listed("ready")(record)

    view = run(netbox, answers, lambda opened, _: look_at_branch(opened, "sync", KINDS.values()))
    assert view.outside == tuple(KINDS)


def test_a_branch_is_waited_for(netbox: FakeNetBoxThread) -> None:
    """It is of use when it is ready."""

    async def work(opened: NetBox, waits: Waits) -> tuple[ExistingBranch, int]:
        return await make_branch(opened, "sync", "x" * 500, waits), len(waits.asked)

    assert run(netbox, listed("new", "provisioning", "ready"), work) == (SYNC, 2)
    sent = next(record for record in reversed(netbox.fake.requests) if record.path == BRANCHES and record.body)
    assert len(sent.body["description"]) == 200


@pytest.mark.parametrize(
    ("statuses", "words"),
    [
        (("new",), "No worker picks up the NetBox job"),
        (("provisioning", "failed"), "is failed"),
        (("new", ""), "has no branch"),
    ],
)
def test_a_branch_that_is_never_ready(netbox: FakeNetBoxThread, statuses: tuple[str, ...], words: str) -> None:
    """A worker that does not run, a job that failed, a branch that another user deleted."""
    with pytest.raises(ProxboxError, match=words):
        run(netbox, listed(*statuses), lambda opened, waits: make_branch(opened, "sync", "", waits))


def test_a_rehearsal_that_fails(netbox: FakeNetBoxThread) -> None:
    """In the job's own words."""
    with pytest.raises(RefusedError, match="the dry run failed: IntegrityError: slug"):
        run(
            netbox,
            job("running", "errored", error="IntegrityError: slug"),
            lambda opened, waits: merge_branch(opened, SYNC, commit=False, sleep=waits),
        )


def test_a_job_that_nobody_takes(netbox: FakeNetBoxThread) -> None:
    """It is not waited for all day."""
    with pytest.raises(NetBoxError, match="No worker picks up the NetBox job"):
        run(netbox, job("pending"), lambda opened, waits: merge_branch(opened, SYNC, commit=True, sleep=waits))


def test_conflicts_are_named(netbox: FakeNetBoxThread) -> None:
    """The first of them, with their fields; not more than anybody reads."""
    rows = [{"object_repr": f"vm-{number}", "conflicts": ["name", "memory"]} for number in range(7)]
    with pytest.raises(RefusedError) as caught:
        run(
            netbox,
            lambda _: (409, {"conflicts": rows}),
            lambda opened, waits: merge_branch(opened, SYNC, commit=True, sleep=waits),
        )
    assert "vm-0 (name, memory)" in caught.value.message
    assert caught.value.message.endswith(" and 2 more")


@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_merge_that_netbox_refuses(netbox: FakeNetBoxThread, status: int) -> None:
    """As any other error of NetBox."""
    with pytest.raises(NetBoxError):
        run(
            netbox,
            lambda _: (status, {"detail": "no"}),
            lambda opened, waits: merge_branch(opened, SYNC, commit=True, sleep=waits),
        )


@pytest.mark.parametrize("body", [{}, [], {"id": "x"}, {"id": 3, "status": "odd"}, "text"])
def test_answers_that_make_no_sense(netbox: FakeNetBoxThread, body: Any) -> None:
    """Are an error of NetBox, not a traceback."""
    with pytest.raises(NetBoxError):
        run(netbox, lambda _: body, lambda opened, waits: merge_branch(opened, SYNC, commit=True, sleep=waits))
