"""The loop that stands for many tests fails like many tests."""

from __future__ import annotations

import pytest

from tests.cases import Cases, sample


def test_every_case_is_tried_and_every_failure_told() -> None:
    """Those after the first failure too, and each says which case it was."""
    tried = []

    def check() -> None:
        with Cases() as case:
            for number in (1, 2, 3):
                with case(number, "x"):
                    tried.append(number)
                    assert number == 2

    with pytest.raises(ExceptionGroup, match="2 of 3 cases fail") as caught:
        check()
    assert tried == [1, 2, 3]
    assert [error.__notes__[-1] for error in caught.value.exceptions] == ["case: 1, 'x'", "case: 3, 'x'"]


def test_cases_that_hold() -> None:
    """Say nothing."""
    with Cases() as case, case():
        pass


def test_no_case_is_a_failure() -> None:
    """A loop over nothing proves nothing."""
    with pytest.raises(AssertionError, match="no case was tried"), Cases():
        pass


def test_what_goes_wrong_around_the_cases_is_told_as_it_is() -> None:
    """It is not hidden behind the failures so far."""

    def check() -> None:
        with Cases() as case:
            with case(1):
                raise ValueError
            raise KeyError

    with pytest.raises(KeyError):
        check()


def test_a_sample_is_quick_and_the_rest_is_slow() -> None:
    """No value is lost, and one of several parts stays one of several parts."""
    first, *others = sample(["a", ("b", 1), "c"])
    assert first == "a"
    assert [other.values for other in others] == [("b", 1), ("c",)]
    assert {mark.name for other in others for mark in other.marks} == {"slow"}
    assert sample("ab", quick=2) == ["a", "b"]
