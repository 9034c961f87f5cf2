"""The types of Proxmox's answers: what each of them takes, and that nothing else is taken for it."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import BeforeValidator, TypeAdapter, ValidationError

from proxbox_plan.collect.proxmox.api_models import answer
from proxbox_plan.collect.proxmox.api_models.answer import ApiModel, WrongShapeError, of_type, read_one
from proxbox_plan.collect.proxmox.parse.guest_config import read_config
from tests.collect.proxmox.test_odd_values import nested

NUMBERS = ("Needed", "WholeNumber", "Count", "Small", "Unsigned", "Bytes", "Moment", "Vmid", "Positive", "NeededMoment")
FLAGS = ("Flag", "MaybeFlag")
TEXTS = ("Status", "Text", "Words", "MaybeText", "Name", "Options")
NEVER: tuple[object, ...] = ([], {}, [1], float("nan"))


def read(name: str, value: object) -> Any:
    """Read a value as one of the types."""
    return TypeAdapter(getattr(answer, name)).validate_python(value)


@pytest.mark.parametrize("name", [*NUMBERS, "Share"])
def test_a_number(name: str) -> None:
    """Perl writes 7 or "7"; a boolean is none."""
    assert {read(name, 7), read(name, "7"), read(name, " 7 ")} == {7}
    for wrong in (True, False, "x", *NEVER):
        with pytest.raises(ValidationError):
            read(name, wrong)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_whole_number(name: str) -> None:
    """A fraction is none."""
    with pytest.raises(ValidationError):
        read(name, 1.5)


@pytest.mark.parametrize("name", FLAGS)
def test_a_flag(name: str) -> None:
    """Perl writes 1, 0, "1" or "0", and newer code true and false."""
    assert [read(name, value) for value in (1, "1", True, 0, "0", False)] == [True] * 3 + [False] * 3
    for wrong in (2, 1.5, "x", *NEVER):
        with pytest.raises((ValidationError, ValueError)):
            read(name, wrong)


@pytest.mark.parametrize("name", TEXTS)
def test_a_text(name: str) -> None:
    """A number may stand where a text is due; a boolean may not, and neither may what is empty in another way."""
    assert [read(name, value) for value in ("a", 7, 1.5)] == ["a", "7", "1.5"]
    refused: tuple[Any, ...] = (True, False, [], {}, ["a"])
    for wrong in refused:
        with pytest.raises(ValidationError):
            read(name, wrong)


def test_options() -> None:
    """Proxmox writes some options as a line or as a mapping; what is in one is a number or a text."""
    assert read("Options", {"b": 1, "a": "x"}) == "a=x,b=1"
    refused: tuple[Any, ...] = ({"a": True}, {"a": []}, {"a": {}})
    for wrong in refused:
        with pytest.raises(ValidationError):
            read("Options", wrong)


def test_names() -> None:
    """A text or a list; an empty list is none where Proxmox has a text."""
    for name in ("Names", "NameList"):
        assert read(name, "b,a") == read(name, ["b", "a"]) == ("a", "b")
        assert read(name, None) == read(name, "") == ()
        refused: tuple[Any, ...] = (True, 1, {}, [1])
        for wrong in refused:
            with pytest.raises(ValidationError):
                read(name, wrong)
    assert read("NameList", []) == ()
    with pytest.raises(ValidationError):
        read("Names", [])


def test_rows_of_a_type() -> None:
    """One that says its type in no text may be of any: it is looked at, and refused."""
    rows: list[Any] = [{"type": "qemu"}, {"type": "node"}, {"type": True}, {"type": []}, {}, 7]
    assert of_type(rows, "qemu") == [rows[0], *rows[2:]]


class Spelled(ApiModel):
    """A response of which a field is written out, whatever it is."""

    value: Annotated[str, BeforeValidator(repr)]


def test_what_is_nested_without_end() -> None:
    """It is wrong like anything else, and not written out."""
    with pytest.raises(WrongShapeError, match="nested too deeply"):
        read_one(Spelled, {"value": nested(5000)})


@pytest.mark.parametrize("slot", ["ipconfig0", "ipconfig9"])
@pytest.mark.parametrize("value", [True, 7, [], {}])
def test_the_addresses_of_a_nic(slot: str, value: object) -> None:
    """Where they are no text, neither the NIC nor the settings of cloud-init are known."""
    data = {"digest": "d", "net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0", "ide2": "local:cloudinit", slot: value}
    read, coverage = read_config("qemu", data, "/config")
    assert (read.cloud_init, coverage.complete) == (None, False)
    assert "ipconfig" in coverage.detail
    assert [nic.slot for nic in read.nics] == ([] if slot == "ipconfig0" else ["net0"])
