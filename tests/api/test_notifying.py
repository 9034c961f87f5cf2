"""Telling people: once per content, to whoever listens, and without a secret anywhere."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from proxbox_plan import api
from proxbox_plan.cli.main import run
from proxbox_plan.documents import write_document
from proxbox_plan.model.base import Document
from proxbox_plan.model.outcome import Result
from proxbox_plan.plan.drift import make_drift
from proxbox_plan.report.notice import notice_of
from tests.builders import busy_plan, lint, outcome, plan, state

SECRET = "hunter2hunter2"
Captured = pytest.CaptureFixture[str]


class Chat:
    """A webhook, and a Mattermost: both take JSON."""

    def __init__(self) -> None:
        """Listen."""
        self.heard: list[dict[str, Any]] = []
        self.status = 200
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Hear a message."""
                chat.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(chat.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.server.server_port}"


@pytest.fixture
def chat() -> Iterator[Chat]:
    """Give one that listens."""
    made = Chat()
    Thread(target=made.server.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


def configured(folder: Path, *receivers: str) -> Path:
    """Write a configuration with these receivers; return the file."""
    text = "clusters:\n  - {name: lab, host: pve, site: DC1, token: {id: a@pve!b, secret: {env: PVE}}}\nnotify:\n"
    file = folder / "proxbox.yaml"
    file.write_text(text + "".join(f"  - {receiver}\n" for receiver in receivers))
    return file


def told(folder: Path, document: Document, environ: dict[str, str], *receivers: str) -> api.Notified:
    """Tell these receivers of a document."""
    settings = api.load(configured(folder, *receivers), environ)
    return api.notify(settings, document, remember=folder / "sent.json", link="https://ci.example.com/7")


@pytest.mark.covering
def test_a_webhook_and_a_chat_hear_it_once(tmp_path: Path, chat: Chat) -> None:
    """The same content is no news, whoever makes the document again; other content is."""
    environ = {"HOOK": f"json://user:{SECRET}@{chat.address}/in", "CHAT": f"mmost://{chat.address}/{SECRET}abcdefgh12"}
    receivers = ("{name: hook, url: {env: HOOK}}", "{name: chat, url: {env: CHAT}, documents: [plan]}")
    assert told(tmp_path, busy_plan(), environ, *receivers) == (("hook", "chat"), (), {})
    assert told(tmp_path, busy_plan(), environ, *receivers) == ((), ("hook", "chat"), {})
    assert "REFUSED: over a change limit. Plan: 6 machines" in chat.heard[0]["title"]
    assert "2 to create, 2 to update" in chat.heard[0]["message"]
    assert "https://ci.example.com/7" in chat.heard[1]["text"]
    other = busy_plan().remade(changes=busy_plan().changes[:2])
    assert told(tmp_path, other, environ, *receivers).sent == ("hook", "chat")
    assert told(tmp_path, make_drift(busy_plan(), "2026-11-21T07:30:00Z"), environ, *receivers).sent == ("hook",)
    assert told(tmp_path, make_drift(busy_plan(), "2026-11-22T07:30:00Z"), environ, *receivers).known == ("hook",)


def test_a_dead_receiver_fails_nothing(
    tmp_path: Path, chat: Chat, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does one that refuses, or an address that is none; the others hear it, and the dead one is tried again."""
    monkeypatch.setenv("HOOK", f"json://{chat.address}/in")
    monkeypatch.setenv("DEAD", f"json://user:{SECRET}@127.0.0.1:1/in")
    monkeypatch.setenv("WRONG", f"no-such-thing://{SECRET}")
    receivers = (f"{{name: {name}, url: {{env: {name.upper()}}}}}" for name in ("dead", "wrong", "hook"))
    config, file = configured(tmp_path, *receivers), tmp_path / "plan.json"
    write_document(busy_plan(), file)
    command = ["notify", str(file), "-c", str(config), "--sent", str(tmp_path / "sent.json"), "--log-level", "debug"]
    for attempt in range(2):
        assert run(command) == 0
        said = capsys.readouterr()
        assert "dead did not get the message: it cannot be reached, or refused the message." in said.err
        assert "wrong did not get the message: its address is none that Apprise knows." in said.err
        assert ("Sent to hook." in said.err) == (attempt == 0)
        assert SECRET not in said.err + said.out + (tmp_path / "sent.json").read_text()
    chat.status = 500
    write_document(busy_plan().remade(changes=()), file)
    assert run(command) == 0
    assert "hook did not get the message" in capsys.readouterr().err
    assert not logging.getLogger("apprise").disabled


@pytest.mark.parametrize(
    ("document", "calls"),
    [
        (busy_plan(), True),
        (plan(), False),
        (outcome(Result.DONE), True),
        (outcome(Result.FAILED), True),
        (make_drift(busy_plan()), True),
        (make_drift(plan()), False),
        (lint(), True),
    ],
)
def test_nothing_to_say_is_not_said(document: Document, tmp_path: Path, chat: Chat, *, calls: bool) -> None:
    """And no name of an object is: it could call everyone in a chat."""
    found = told(tmp_path, document, {"HOOK": f"json://{chat.address}/in"}, "{name: hook, url: {env: HOOK}}")
    assert bool(found.sent) == calls
    assert len(chat.heard) == calls
    assert "web100" not in str(chat.heard)


def test_a_message_has_a_template(tmp_path: Path, chat: Chat) -> None:
    """Over what there is to say."""
    text = "{{ document }} of {{ clusters }}: {{ summary }} {{ link }}"
    receiver = f'{{name: hook, url: {{env: HOOK}}, template: "{text}"}}'
    told(tmp_path, busy_plan(), {"HOOK": f"json://{chat.address}/in"}, receiver)
    assert chat.heard[0]["message"].startswith("plan of lab: Plan: 2 to create")
    assert chat.heard[0]["message"].endswith("https://ci.example.com/7")


@pytest.mark.parametrize(
    ("receiver", "why"),
    [
        ("{name: hook, url: {env: A}, template: '{{ guests }}'}", "template reads 'guests', and there are document"),
        ("{name: hook, url: {env: A}, template: '{{ title'}", "template: "),
        ("{name: hook, url: {env: A}, template: '{{ \"x\" * 99999999 }}'}", "takes small numbers only"),
        ("{name: hook, url: 'json://secret'}", "a secret"),
        ("{name: hook, url: {env: A}, documents: [plans]}", "documents"),
        ("{name: two words, url: {env: A}}", "name"),
        ("{name: hook, url: {env: A}}\n  - {name: hook, url: {env: B}}", "two receivers called 'hook'"),
    ],
)
def test_a_receiver_that_cannot_be_right(receiver: str, why: str, tmp_path: Path, capsys: Captured) -> None:
    """It is found by `validate`, with its line, before anything is sent."""
    assert run(["validate", "-c", str(configured(tmp_path, receiver))]) == 1
    said = capsys.readouterr().err
    assert why in said
    assert "proxbox.yaml:4" in said or "proxbox.yaml:5" in said


def test_what_cannot_be_told(tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state has no summary, no receiver hears of lint, the memory is broken, or Apprise is not there."""
    monkeypatch.setenv("HOOK", "json://127.0.0.1:1/in")
    config = configured(tmp_path, "{name: hook, url: {env: HOOK}, documents: [plan]}")
    file, sent = tmp_path / "document.json", tmp_path / "sent.json"
    command = ["notify", str(file), "-c", str(config), "--sent", str(sent)]
    for document, why in ((state(), "has no report"), (lint(), "no receiver under `notify` hears of a lint")):
        write_document(document, file)
        assert run(command) == 1
        assert why in capsys.readouterr().err
    write_document(busy_plan(), file)
    sent.write_text("{")
    assert run(command) == 1
    assert "cannot be read as what was sent before" in capsys.readouterr().err
    sent.unlink()
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert run(command) == 1
    assert "pip install 'proxbox-plan[notify]'" in capsys.readouterr().err
    assert not sent.exists()


def test_content_is_what_a_reader_would_tell_apart() -> None:
    """Not when it was seen, and not who is asked."""
    one, other = (notice_of(make_drift(busy_plan(), f"2026-11-2{day}T07:30:00Z")) for day in (1, 2))
    assert one.content == other.content
    assert notice_of(busy_plan()).content != notice_of(plan()).content
