from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key

PARTS = st.text(st.characters(exclude_characters="/~#", codec="utf-8"), min_size=1, max_size=12)


@given(st.lists(PARTS, min_size=1, max_size=6))
def test_a_key_is_its_parts(parts: list[str]) -> None:
    """Put together and taken apart."""
    key = Key.of(*parts)
    assert key.parts == parts
    assert (key.cluster, key.last) == (parts[0], parts[-1])
    assert key.owner == "/".join(parts[:3])
    assert key.below_owner == parts[3:]
    assert key.owner.child(*key.below_owner) == key or len(parts) <= 3


def test_a_retired_key_has_the_same_owner() -> None:
    """NetBox stamps the machine anew when one of its parts changes, whatever its key is now."""
    assert Key("lab/qemu/100").retired("ab12") == "lab/qemu/100~ab12"
    assert Key("lab/qemu/100~ab12").owner == "lab/qemu/100"


def test_what_belongs_to_a_key() -> None:
    """The key itself and all below it, not what only begins with the same letters."""
    assert Key("lab/qemu/100/net0").is_under("lab/qemu/100")
    assert Key("lab/qemu/100").is_under("lab/qemu/100")
    assert not Key("lab/qemu/1000").is_under("lab/qemu/100")


def test_a_part_that_moves_along() -> None:
    """Below another owner it is the same place."""
    assert Key("lab/qemu/100/net0").rebased("lab/qemu/100", "big/qemu/7") == "big/qemu/7/net0"


@given(PARTS.filter(lambda text: ":" not in text), st.lists(PARTS, min_size=1, max_size=4))
def test_an_address_is_a_kind_and_a_key(kind: str, parts: list[str]) -> None:
    """A key may have colons, as IPv6 addresses do."""
    address = Address.parse(Address.of(kind, Key.of(*parts)))
    assert (address.kind, address.key) == (kind, "/".join(parts))
    assert not (address.is_second_pass)
    assert not (address.is_replaced)


@pytest.mark.parametrize("step", ["second_pass", "replaced"])
def test_every_step_is_about_the_same_object(step: str) -> None:
    """Its kind, key and object are those of the first."""
    first = Address("virtual-machine:lab/qemu/100")
    found = getattr(first, step)
    assert found != first
    assert (found.kind, found.key, found.object) == (first.kind, first.key, first)


def test_a_second_pass_of_a_replacement() -> None:
    """Its first pass is the replacement, its object that of both."""
    address = Address("virtual-machine:lab/qemu/100").replaced.second_pass
    assert address.first_pass == "virtual-machine:lab/qemu/100#replaced"
    assert address.is_replaced
    assert address.object == "virtual-machine:lab/qemu/100"


@pytest.mark.parametrize("text", ["", "virtual-machine", ":lab/qemu/100", "virtual-machine:"])
def test_a_text_that_is_no_address(text: str) -> None:
    """A kind and a key are needed."""
    with pytest.raises(ValueError, match="is not an address"):
        Address.parse(text)
