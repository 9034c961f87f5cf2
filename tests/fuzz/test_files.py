"""Every file we read, broken in any way: a document, a configuration, a journal, or an error in words."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxbox_plan.apply.journal import Journal, JournalEntry, read_journal
from proxbox_plan.config import load
from proxbox_plan.config.semantic_checks import KnownKind
from proxbox_plan.core.errors import ConfigError, DocumentError, ProxboxError
from proxbox_plan.documents import read_any
from proxbox_plan.model.base import Document, digest_of
from proxbox_plan.model.outcome import Result
from proxbox_plan.report.format import Format
from proxbox_plan.report.rendering import render
from tests.builders import busy_plan, change, incomplete_state, outcome, plan, state
from tests.cases import sample
from tests.examples import examples
from tests.fuzz.mutation import mutated
from tests.test_documents import EVERY_KIND

DOCUMENTS = (*EVERY_KIND, busy_plan(), incomplete_state(), outcome(Result.DONE, Result.FAILED))
CONFIGURATION = """# a comment
netbox:
  url: https://netbox.example.com
  token: {env: NETBOX_TOKEN}
  timeout: 12.5
clusters:
  - name: lab
    host: pve.example.com
    token: {id: "proxbox@pve!demo", secret: {command: [pass, show, x]}}
    site: DC1
    rules:
      - when: {name: "/^web/", tag: prod}
        set: {tenant: Ops}
    scope: {exclude: [{pool: test}], vmids: [100, 101]}
  - &anchor {name: lab2, host: 10.0.0.1, user: a@pam, password: {file: secret}, site: DC2}
mapping: {create_sites: true, prefer: [10.0.0.0/8]}
owners: {virtual-machine: {name: netbox}}
on_missing: {virtual-machine: delete}
forget: ["virtual-machine:lab/qemu/1"]
"""
KNOWN = {name: KnownKind(["name"], can_be_decommissioned=True) for name in ("virtual-machine", "device")}


@contextmanager
def file_of(content: bytes) -> Iterator[Path]:
    """Give a file with this content."""
    handle, name = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        yield Path(name)
    finally:
        Path(name).unlink()


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Return a file with flipped bits, a piece cut out, doubled, or put in."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(changed) - 1)))
        match draw(st.integers(0, 3)):
            case 0 if changed:
                changed[place] ^= 1 << draw(st.integers(0, 7))
            case 1:
                del changed[place : place + draw(st.integers(1, 40))]
            case 2:
                changed[place:place] = changed[place : place + draw(st.integers(1, 40))]
            case _:
                changed[place:place] = draw(st.binary(max_size=6))
    return bytes(changed)


def shown(content: bytes) -> None:
    """Read a document, and show it when it is one."""
    with file_of(content) as path, suppress(ProxboxError):
        document = read_any(path)
        assert render(document, Format.TEXT, verbose=True)
        assert render(document, Format.MARKDOWN)
        assert document.to_json()


def sealed(data: Any) -> bytes:
    """Return changed content under a digest that fits, as a program would write it."""
    content = {key: value for key, value in data.items() if key not in {"digest", "tool_version"}}
    with suppress(ValueError, RecursionError):
        data = data | {"digest": digest_of(content)}
    return json.dumps(data).encode("utf-8", "surrogatepass")


@settings(max_examples=examples(150))
@given(st.sampled_from(DOCUMENTS), st.data())
def test_damaged_documents(document: Document, data: st.DataObject) -> None:
    """Bits flipped, pieces lost."""
    shown(data.draw(damaged(document.to_json().encode())))


@settings(max_examples=examples(250))
@given(st.sampled_from(DOCUMENTS), st.data())
def test_documents_with_other_content(document: Document, data: st.DataObject) -> None:
    """Members of any type, missing, doubled and nested, under the right digest."""
    shown(sealed(data.draw(mutated(document.model_dump(mode="json")))))


@pytest.mark.parametrize("depth", [50, 200, 240, 260, 400, 800, 5000])
def test_a_plan_nested_without_end(depth: int) -> None:
    """A value of any depth under the right digest is shown, or refused."""
    data = plan(changes=(change(),)).model_dump(mode="json")
    data["changes"][0]["fields"] = [{"field": "x", "before": "HERE", "after": None, "cause": "new"}]
    content = {key: value for key, value in data.items() if key not in {"digest", "tool_version"}}
    value = "[" * depth + "]" * depth
    compact = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).replace('"HERE"', value)
    data["digest"] = f"sha256:{hashlib.sha256(compact.encode()).hexdigest()}"
    shown(json.dumps(data).replace('"HERE"', value).encode())


@settings(max_examples=examples(250))
@given(st.data())
def test_damaged_configurations(data: st.DataObject) -> None:
    """Settings, or an error in words."""
    content = data.draw(damaged(CONFIGURATION.encode()))
    with file_of(content) as path, suppress(ConfigError):
        load(path, {}, lambda: KNOWN)


@settings(max_examples=examples(150))
@given(st.data())
def test_configurations_with_other_content(data: st.DataObject) -> None:
    """The same structure with values of any type; JSON is YAML."""
    with file_of(CONFIGURATION.encode()) as path:
        whole = load(path, {}, lambda: KNOWN)
    assert whole.clusters == ("lab", "lab2")
    content = json.dumps(data.draw(mutated(PLAIN)), ensure_ascii=False).encode("utf-8", "replace")
    with file_of(content) as path, suppress(ConfigError):
        load(path, {}, lambda: KNOWN)


PLAIN: dict[str, Any] = {
    "netbox": {"url": "https://x", "token": {"env": "T"}, "proxy": "http://p:1", "timeout": 1, "ca_file": "x"},
    "clusters": [
        {
            "name": "lab",
            "host": "h",
            "port": 1,
            "token": {"id": "a@b!c", "secret": {"file": "x"}},
            "site": "S",
            "rules": [{"when": {"name": "*"}, "set": {"site": "x"}}],
            "scope": {"vmids": [1]},
        },
    ],
    "mapping": {"prefer": ["10.0.0.0/8"], "addresses": {"skip_networks": ["::/0"], "skip_interfaces": ["lo"]}},
    "limits": {"percent": 1, "minimum": 2},
    "owners": {"device": {"name": "netbox"}},
    "forget": ["device:x"],
}


@pytest.mark.covering
@pytest.mark.parametrize(
    "text",
    sample(
        (
            "[" * 50_000,
            "{a: " * 50_000,
            "a: &x [" + "*x, " * 5_000 + "]",
            "- " * 50_000,
            "&a " * 30_000,
            "\n".join([f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" if i else "a0: &a0 [x, x]" for i in range(60)]),
            "x: !!python/object/apply:os.system [id]",
            "x: " + "9" * 100_000,
            "? " * 20_000,
            "a: |\n" + " " * 500_000,
            "clusters: [{name: " + "a" * 500_000 + "}]",
            "%YAML 9.9\n---\nx",
            "\ufeff\ufeffx: 1",
            "x: 1e999999999",
        ),
        quick=6,
    ),
    ids=lambda text: text[:12],
)
def test_configurations_that_would_grow(text: str) -> None:
    """Bombs, depths and lengths end in words, soon."""
    with file_of(text.encode()) as path, pytest.raises(ConfigError):
        load(path, {}, lambda: KNOWN)


def journal_text() -> bytes:
    """Return a journal with some entries."""
    made = plan(changes=(change(), change("virtual-machine:lab/qemu/101")))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "j.jsonl"
        with Journal(path, made) as journal:
            journal.record(
                [JournalEntry(item, "2026-01-02T03:04:05Z") for item in outcome(Result.DONE, Result.FAILED).results]
            )
        return path.read_bytes()


JOURNAL = journal_text()


@settings(max_examples=examples(200))
@given(st.data())
def test_damaged_journals(data: st.DataObject) -> None:
    """What cannot be read is not there: never a crash, and never more than was written."""
    with file_of(data.draw(damaged(JOURNAL))) as path, suppress(DocumentError):
        found = read_journal(path)
        assert len(found.landed) <= 3


@settings(max_examples=examples(100))
@given(st.data())
def test_journals_with_other_content(data: st.DataObject) -> None:
    """Lines whose members are of any type."""
    lines = data.draw(mutated([json.loads(line) for line in JOURNAL.splitlines()]))
    content = b"\n".join(json.dumps(line).encode("utf-8", "surrogatepass") for line in lines)
    with file_of(content) as path, suppress(DocumentError):
        read_journal(path)


def test_a_journal_nested_without_end() -> None:
    """A line is no line of ours then."""
    for line in (b"[" * 100_000, b'{"a":' * 100_000, b'{"plan_digest": ' + b"[" * 100_000):
        with file_of(line + b"\n" + line) as path, suppress(DocumentError):
            assert read_journal(path).landed == {}


def test_the_documents_are_sound() -> None:
    """Unbroken, each is read."""
    for document in (*DOCUMENTS, state()):
        with file_of(document.to_json().encode()) as path:
            assert read_any(path) == document
