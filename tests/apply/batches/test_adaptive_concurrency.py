from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest

from proxbox_plan.apply.batches.adaptive_concurrency import AdaptiveConcurrency
from proxbox_plan.model.plan import Plan
from tests.apply.simulated import Fixed, Server, first_plan, seconds
from tests.examples import THOROUGH

VM, IP = ("virtual-machine", "POST"), ("ip-address", "POST")
MOST_OBJECTS, MOST_REQUESTS = 100, 4
SETTINGS = tuple(itertools.product((25, 100), range(1, MOST_REQUESTS + 1)))
SERVERS = ((0.05, 2), (0.005, 2), (0.05, 4), (0.5, 1))


@dataclass
class Clock:
    """A clock that stands still until it is told."""

    now: float = 0.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def sent(
    concurrency: AdaptiveConcurrency,
    clock: Clock,
    group: tuple[str, str],
    objects: int,
    took: float,
    *,
    worked: bool = True,
) -> None:
    """Send one request that takes some seconds, alone."""
    request = concurrency.begin(group, objects)
    clock.now += took
    concurrency.end(request, worked=worked)


def concurrency_of(objects: int = MOST_OBJECTS, requests: int = 1) -> tuple[AdaptiveConcurrency, Clock]:
    """Return an adaptive concurrency and its clock."""
    clock = Clock()
    return AdaptiveConcurrency(objects, requests, clock), clock


def test_a_request_holds_what_takes_a_few_seconds() -> None:
    """Of each kind as many as that: never more than is allowed, and never none."""
    concurrency, clock = concurrency_of()
    sent(concurrency, clock, VM, 25, 25 * 0.2)
    sent(concurrency, clock, IP, 25, 25 * 0.001)
    assert concurrency.size(VM) == 25
    assert concurrency.size(IP) == MOST_OBJECTS
    sent(concurrency, clock, VM, 1, 60.0)
    assert concurrency.size(VM) == 1


def test_another_kind_is_expected_to_cost_what_others_did() -> None:
    """Until it is known."""
    concurrency, clock = concurrency_of()
    assert concurrency.size(IP) == 25
    sent(concurrency, clock, VM, 25, 25 * 0.1)
    assert concurrency.size(IP) == 50
    assert concurrency.seconds(IP, 10) == pytest.approx(1.0)


def test_a_failed_request_says_nothing_about_the_cost() -> None:
    """It may have been refused at once."""
    concurrency, clock = concurrency_of()
    sent(concurrency, clock, VM, 25, 0.001, worked=False)
    assert concurrency.size(VM) == 25


def test_requests_become_smaller_when_netbox_is_busy_and_grow_again() -> None:
    """Never below one, never above what was allowed; with fewer of them at once."""
    concurrency, clock = concurrency_of(8, 4)
    assert (concurrency.size(VM), concurrency.slots) == (8, 2)
    concurrency.too_busy()
    assert (concurrency.size(VM), concurrency.slots) == (4, 1)
    for _ in range(9):
        concurrency.too_busy()
    assert (concurrency.size(VM), concurrency.slots) == (1, 1)
    for _ in range(30):
        sent(concurrency, clock, VM, 8, 0.08)
    assert concurrency.size(VM) == 8
    assert concurrency.slots > 1


def test_no_request_grows_to_a_size_that_was_too_large() -> None:
    """The server's limit does not move."""
    concurrency, clock = concurrency_of(8)
    concurrency.too_large(8)
    for _ in range(9):
        sent(concurrency, clock, VM, 4, 0.04)
    assert concurrency.size(VM) == 4


@pytest.mark.parametrize("most", [1, 2, 3])
def test_no_more_requests_than_allowed(most: int) -> None:
    """Whatever gets through."""
    concurrency, clock = concurrency_of(requests=most)
    for _ in range(300):
        requests = [concurrency.begin(VM, concurrency.size(VM)) for _ in range(concurrency.slots)]
        clock.now += 1.0
        for request in requests:
            concurrency.end(request, worked=True)
        assert 1 <= concurrency.slots <= most
    assert concurrency.slots == most


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Plan the first synchronisation of 500 guests."""
    return first_plan(500)


@pytest.mark.slow
@pytest.mark.parametrize(("each", "cores"), SERVERS if THOROUGH else SERVERS[:1])
def test_it_finds_what_suits_a_server(plan: Plan, each: float, cores: int) -> None:
    """At most a tenth slower than the best fixed setting, in the time of a made-up server; with the best, not all."""
    fixed = {
        (size, most): seconds(plan, Server(each, cores), most, lambda clock, s=size, m=most: Fixed(s, m, clock))[0]  # type: ignore[misc]
        for size, most in SETTINGS
    }
    ours, _ = seconds(
        plan, Server(each, cores), MOST_REQUESTS, lambda clock: AdaptiveConcurrency(MOST_OBJECTS, MOST_REQUESTS, clock)
    )
    assert ours <= 1.10 * min(fixed.values()), fixed


def test_the_same_server_takes_the_same_time() -> None:
    """The model has no chance in it."""
    plan = first_plan(20)
    times = [
        seconds(
            plan, Server(0.05, 2), MOST_REQUESTS, lambda clock: AdaptiveConcurrency(MOST_OBJECTS, MOST_REQUESTS, clock)
        )
        for _ in range(2)
    ]
    assert times[0] == times[1]
