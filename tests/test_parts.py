"""What one run omits another one tries, and nothing is omitted for good."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest

from scripts.parts import PARTS
from tests import parts


class Test:
    """As much of a collected test as is looked at."""

    __test__ = False

    def __init__(self, nodeid: str, *marks: str) -> None:
        """Have an id and marks."""
        self.nodeid = nodeid
        self._marks = marks

    def get_closest_marker(self, name: str) -> str | None:
        """Return a mark, if there is one."""
        return name if name in self._marks else None


@pytest.fixture(autouse=True)
def _a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "EXHAUSTIVE", False)


def run(monkeypatch: pytest.MonkeyPatch, tests: list[Test]) -> Iterator[set[str]]:
    """Yield the tests of each run in turn."""
    for part in range(PARTS):
        monkeypatch.setattr(parts, "PART", part)
        others = parts.omitted(cast("list[pytest.Item]", tests))
        yield {test.nodeid for test in tests if cast("pytest.Item", test) not in others}


def family(name: str, size: int, *marks: str) -> list[Test]:
    """Return the tests of one function."""
    return [Test(f"{name}[{number}]", *marks) for number in range(size)]


@pytest.mark.parametrize(("size", "mark"), [(3, "slow"), (4, "slow"), (5, "slow"), (60, "slow"), (20, "netbox")])
def test_three_runs_try_all_of_a_family_and_none_twice(monkeypatch: pytest.MonkeyPatch, size: int, mark: str) -> None:
    """Each of them about a third."""
    tests = family("tests/test_x.py::test_y", size, mark)
    tried = list(run(monkeypatch, tests))
    assert sorted(name for some in tried for name in some) == sorted(test.nodeid for test in tests)
    assert {len(some) for some in tried} <= {size // 3, -(-size // 3)}


@pytest.mark.parametrize(
    "tests",
    [
        family("test_x.py::test_small", 2, "slow"),
        family("test_x.py::test_quick", 9),
        family("test_x.py::test_covering", 9, "slow", "covering"),
        family("test_x.py::test_some_on_a_real_netbox", 19, "netbox"),
    ],
)
def test_what_every_run_tries(monkeypatch: pytest.MonkeyPatch, tests: list[Test]) -> None:
    """What is quick, what is one of two, what alone reaches a branch, and what a real NetBox answers soon."""
    assert all(some == {test.nodeid for test in tests} for some in run(monkeypatch, tests))


def test_families_begin_at_different_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were it the same one everywhere, a run would try nothing on the oldest version, or nothing but it."""
    tests = [test for number in range(20) for test in family(f"test_x.py::test_{number}", 3, "slow")]
    for some in run(monkeypatch, tests):
        assert {name[-3:] for name in some} == {"[0]", "[1]", "[2]"}


def test_all_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is omitted, and every value is tried."""
    monkeypatch.setattr(parts, "EXHAUSTIVE", True)
    tests = family("test_x.py::test_y", 30, "slow")
    assert all(len(some) == 30 for some in run(monkeypatch, tests))
    assert parts.a_part("abcdefg") == tuple("abcdefg")


def test_values_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three runs try all of them."""
    tried: list[str] = []
    for part in (7, 8, 9):
        monkeypatch.setattr(parts, "PART", part)
        tried += parts.a_part("abcdefg")
    assert sorted(tried) == list("abcdefg")
