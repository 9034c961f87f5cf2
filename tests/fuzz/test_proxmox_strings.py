"""Every parser of Proxmox's small languages, fed with anything: a value, or GrammarError; quickly."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from proxbox_plan.collect.proxmox.api_models import cluster as answers
from proxbox_plan.collect.proxmox.api_models import datacenter as answers_datacenter
from proxbox_plan.collect.proxmox.api_models import firewall as answers_firewall
from proxbox_plan.collect.proxmox.api_models import sdn as answers_sdn
from proxbox_plan.collect.proxmox.api_models.answer import ApiModel, WrongShapeError, read_one, read_rows
from proxbox_plan.collect.proxmox.guests.addresses import read_interfaces
from proxbox_plan.collect.proxmox.node_network import read_interface
from proxbox_plan.collect.proxmox.parse import datacenter as grammar_datacenter
from proxbox_plan.collect.proxmox.parse import disk as grammar_disk
from proxbox_plan.collect.proxmox.parse import grammar
from proxbox_plan.collect.proxmox.parse import nic as grammar_nic
from proxbox_plan.collect.proxmox.parse.guest_config import read_config
from proxbox_plan.collect.proxmox.privileges.effective import EffectivePrivileges
from proxbox_plan.model.state import COMPLETE, GuestAddress, GuestDisk, GuestNic, NodeInterface
from tests.cases import Cases
from tests.examples import examples
from tests.fuzz.mutation import LEAVES, ODD_TEXTS, VALUES
from tests.work import calls_of

# Strings near to the real ones find more than noise does: pieces of the languages, in any order.
PIECES = (
    "virtio",
    "=",
    ",",
    ";",
    ":",
    "/",
    "-",
    ".",
    "%",
    "size",
    "8G",
    "8TiB",
    "tag",
    "trunks",
    "4094",
    "4095",
    "0",
    "-1",
    "²",
    "\u0661",
    "ip",
    "dhcp",
    "10.0.0.1/24",
    "fe80::1%eth0/64",
    "::",
    "gw",
    "BC:24:11:00:00:01",
    "bridge",
    "vmbr0",
    "local",
    "none",
    "cdrom",
    "media",
    "name",
    "eth0",
    "uuid",
    "enabled",
    "1",
    "on",
    "mtu",
    "current",
    "\n",
    " ",
    "\x00",
    "\ud800",
    "9" * 400,
)
STRINGS = (
    st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=40) | st.sampled_from(ODD_TEXTS)
)

PARSERS: dict[str, Callable[[str], object]] = {
    "options": lambda text: grammar.parse_options(text, "default"),
    "flag": grammar.parse_flag,
    "whole": grammar.parse_whole,
    "size": grammar.parse_size,
    "mac": grammar.parse_mac,
    "tags": grammar.parse_tags,
    "names": grammar.parse_names,
    "memory": grammar.parse_memory,
    "agent": grammar.parse_agent,
    "uuid": grammar.parse_uuid,
    "smbios": grammar.parse_smbios_uuid,
    "created": grammar.parse_created,
    "address": grammar.parse_address,
    "address with prefix": lambda text: grammar.parse_address("10.0.0.1", text),
    "gateway": grammar.parse_gateway,
    "seen address": grammar.parse_seen_address,
    "boot order": grammar.parse_boot_order,
    "slot": grammar.slot_order,
    "disk": lambda text: grammar_disk.parse_disk("scsi0", text),
    "nic": lambda text: grammar_nic.parse_qemu_nic("net0", text, text),
    "container nic": lambda text: grammar_nic.parse_lxc_nic("net0", text),
    "trunks": grammar_nic.parse_trunks,
    "network": grammar.parse_network,
    "cpu type": grammar.parse_cpu_type,
    "retention": grammar_datacenter.parse_retention,
    "vmids": grammar_datacenter.parse_vmids,
    "guest": grammar_datacenter.parse_guest,
    "volume": grammar_datacenter.parse_volume,
    "tag colors": grammar_datacenter.parse_tag_colors,
}


MODULES = (grammar, grammar_datacenter, grammar_disk, grammar_nic)
ONCE = 20
"""Calls that do not depend on the text's length: an error is made, or a pattern compiled."""


def test_every_parser_is_here() -> None:
    """A new one is fuzzed, too."""
    names = {name for module in MODULES for name in vars(module) if name.startswith("parse_")}
    assert len(names | {"slot_order"}) == len(PARSERS) - 1


@pytest.mark.parametrize("name", PARSERS)
@given(text=STRINGS)
def test_any_text(name: str, text: str) -> None:
    """Nothing but GrammarError escapes."""
    with suppress(grammar.GrammarError):
        PARSERS[name](text)


def test_the_work_grows_with_the_text() -> None:
    """A text that is twice as long is at most twice the work, for every parser."""

    def work(name: str, text: str) -> int:
        _parsed(name, text)  # what is done once is not counted
        return calls_of(lambda: _parsed(name, text))

    with Cases() as case:
        for name, piece in product(PARSERS, ("a", "1", ",", "a=1,", "-", " ", "1;", "::", "%", "cloudinit.")):
            with case(name, piece):
                assert work(name, piece * 800) <= 2 * work(name, piece * 400) + ONCE


def _parsed(name: str, text: str) -> None:
    with suppress(grammar.GrammarError):
        PARSERS[name](text)


def test_no_pattern_backtracks() -> None:
    """At most one repetition has no bound, and it repeats one character: a long text is read once."""
    patterns = [found for module in MODULES for found in vars(module).values() if isinstance(found, re.Pattern)]
    assert len(patterns) > len(MODULES)
    with Cases() as case:
        for pattern in patterns:
            with case(pattern.pattern):
                unbounded = re.findall(r"(.)(?<!\\)(?:[*+]|\{\d*,\})", pattern.pattern)
                assert len(unbounded) <= 1
                assert ")" not in unbounded


def test_long_texts() -> None:
    """None is too deep or too long for a parser."""
    with Cases() as case:
        for name, piece in product(PARSERS, ("a", "1", ",", "a=1,", "-", " ", "::")):
            with case(name, piece):
                _parsed(name, piece * 20_000)


@given(STRINGS)
def test_what_is_parsed_can_be_parsed_again(text: str) -> None:
    """Canonical forms stay as they are."""
    for parse in (grammar.parse_mac, grammar.parse_address, grammar.parse_gateway, grammar.parse_network):
        with suppress(grammar.GrammarError):
            found = parse(text)
            assert parse(found) == found


MODELS = sorted(
    {
        model
        for module in (answers, answers_datacenter, answers_firewall, answers_sdn)
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, ApiModel)
    },
    key=lambda model: model.__name__,
)


def fields_of(model: type[ApiModel]) -> list[str]:
    """Return the names under which a model reads its fields."""
    return [str(field.validation_alias or name) for name, field in model.model_fields.items()]


@pytest.mark.covering
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@settings(max_examples=examples(40))
@given(data=st.data())
def test_any_json_for_any_model(model: type[ApiModel], data: st.DataObject) -> None:
    """A model, or WrongShapeError: with its own field names, anything in them."""
    names = fields_of(model) or ["x"]
    row = data.draw(st.dictionaries(st.sampled_from(names), VALUES | STRINGS, max_size=len(names)) | VALUES)
    with suppress(WrongShapeError):
        read_one(model, row)
    rows, problem = read_rows(model, [row, row])
    assert rows or problem


def test_the_models_are_all_there() -> None:
    """They were found."""
    assert len(MODELS) >= 35


CONFIG_KEYS = (
    "net0",
    "net1",
    "ipconfig0",
    "scsi0",
    "scsi1",
    "ide2",
    "rootfs",
    "mp0",
    "efidisk0",
    "memory",
    "cores",
    "sockets",
    "vcpus",
    "cpulimit",
    "agent",
    "smbios1",
    "vmgenid",
    "meta",
    "tags",
    "description",
    "lock",
    "template",
    "onboot",
    "net999",
)


@settings(max_examples=examples(150))
@given(st.sampled_from(["qemu", "lxc"]), st.dictionaries(st.sampled_from(CONFIG_KEYS), STRINGS | LEAVES, max_size=12))
def test_any_configuration(kind: Any, data: dict[str, Any]) -> None:
    """What is understood is of its type; what is not makes the configuration incomplete."""
    read, coverage = read_config(kind, data, "/path")
    assert coverage.complete or coverage.detail
    TypeAdapter(tuple[GuestNic, ...]).validate_python(read.nics)
    TypeAdapter(tuple[GuestDisk, ...]).validate_python(read.disks)
    assert read.memory_mib is None or 0 < read.memory_mib < 2**31
    assert read.vcpus is None or 0 <= read.vcpus <= 8192


@given(st.dictionaries(st.sampled_from(fields_of(answers.InterfaceRow)), STRINGS | LEAVES, max_size=10))
def test_any_interface_of_a_node(row: dict[str, Any]) -> None:
    """An interface whose numbers NetBox can hold, or a word about what was wrong."""
    with suppress(WrongShapeError):
        found, problem = read_interface(read_one(answers.InterfaceRow, {"iface": "a", "type": "eth", **row}))
        assert NodeInterface.model_validate(found.model_dump()) == found
        assert found.vlan_id is None or 1 <= found.vlan_id <= 4094
        assert problem or found.mtu is None or found.mtu > 0


ADDRESSES = st.lists(st.fixed_dictionaries({"ip-address": STRINGS, "prefix": STRINGS | LEAVES}), max_size=3)
INSIDE = st.fixed_dictionaries(
    {"name": STRINGS},
    optional={"hardware-address": STRINGS, "hwaddr": STRINGS, "inet": STRINGS, "ip-addresses": VALUES | ADDRESSES},
)


@given(st.lists(INSIDE, max_size=3) | VALUES)
def test_any_answer_of_an_agent(data: Any) -> None:
    """Whoever is root in a guest decides what its agent says."""
    seen = read_interfaces(data, "/path")
    TypeAdapter(tuple[GuestAddress, ...]).validate_python(seen.addresses)
    assert seen.coverage.complete or seen.coverage.reason


@given(st.dictionaries(STRINGS, st.dictionaries(STRINGS, LEAVES, max_size=3), max_size=4))
def test_any_rights(paths: dict[str, dict[str, Any]]) -> None:
    """Unknown paths and privileges never prove anything they should not."""
    proof = EffectivePrivileges(paths, access_list=COMPLETE).prove("/vms", frozenset({"VM.Audit"}))
    assert not proof.complete or any("VM.Audit" in found for found in paths.values())
