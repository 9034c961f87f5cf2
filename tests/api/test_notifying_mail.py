"""Mail: what `proxbox notify` sends through Apprise to a real SMTP server, and servers that do not take it."""

from __future__ import annotations

import asyncio
import email
import email.policy
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from threading import Event, Thread

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from proxbox_plan.cli.main import run
from proxbox_plan.documents import write_document
from tests.api.test_notifying import SECRET, configured
from tests.builders import busy_plan

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # on this machine only
Captured = pytest.CaptureFixture[str]
TRAPS = ("login", "recipient", "hangs up", "message")


class MailServer:
    """A mail server with one account. What it refuses, it refuses with the secret in its own words."""

    def __init__(self, trap: str = "") -> None:
        """Refuse or break at one point, or take everything."""
        self.trap = trap
        self.messages: list[EmailMessage] = []
        self.port = 0

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, kind: str, given: object) -> AuthResult:
        """Let the account in with its password."""
        del server, session, envelope, kind
        right = isinstance(given, LoginPassword) and (given.login, given.password) == (b"proxbox", SECRET.encode())
        if right and self.trap != "login":
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 {SECRET} is not the password")

    async def handle_RCPT(  # noqa: N802 # aiosmtpd's name and arguments
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the recipient."""
        del session, options
        if self.trap == "hangs up":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        if self.trap == "recipient":
            return f"550 5.1.1 {SECRET}: no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 # as above
        """Take the message."""
        del server, session
        if self.trap == "message":
            return f"554 5.6.0 {SECRET}"
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"


@contextmanager
def serving(server: MailServer) -> Iterator[None]:
    """Listen on a free port of this machine while the block runs."""
    ready, stops = Event(), list[Callable[[], object]]()

    def protocol() -> SMTP:
        return SMTP(
            server, hostname="mail", authenticator=server.authenticate, auth_required=True, auth_require_tls=False
        )

    async def serve() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        stops.append(lambda: loop.call_soon_threadsafe(stop.set))
        async with await loop.create_server(protocol, "127.0.0.1", 0) as listening:
            server.port = listening.sockets[0].getsockname()[1]
            ready.set()
            await stop.wait()

    thread = Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield
    finally:
        stops[0]()
        thread.join()


def tell(folder: Path, port: int) -> tuple[str, ...]:
    """Return a command that mails a plan to that server, with all that it can log."""
    address = f"mailto://proxbox:{SECRET}@127.0.0.1:{port}?smtp=127.0.0.1&mode=insecure&cto=5"
    (folder / "mail.url").write_text(f"{address}&from=proxbox@example.com&to=netbox@example.com")
    config = configured(folder, "{name: mail, url: {file: mail.url}}")
    write_document(busy_plan(), folder / "plan.json")
    sent = ("--sent", str(folder / "sent.json"), "--link", "https://ci.example.com/7")
    return "notify", str(folder / "plan.json"), "-c", str(config), *sent, "--debug", "--log-level", "debug"


def test_a_mail_arrives(tmp_path: Path, capsys: Captured) -> None:
    """Once, with the verdict as its subject, the summary, and where to read more."""
    server = MailServer()
    with serving(server):
        assert run(tell(tmp_path, server.port)) == 0
        assert "Sent to mail." in capsys.readouterr().err
        assert run(tell(tmp_path, server.port)) == 0
        assert "Nothing new to say." in capsys.readouterr().err
    (message,) = server.messages
    body = message.get_body(("plain",))
    assert (message["to"], message["subject"].partition(":")[0]) == ("netbox@example.com", "REFUSED")
    assert body is not None
    assert "2 to create, 2 to update" in body.get_content()
    assert "https://ci.example.com/7" in body.get_content()


@pytest.mark.covering
@pytest.mark.parametrize("trap", [*TRAPS, "dead"])
def test_a_mail_server_that_takes_nothing_fails_nothing(
    trap: str, tmp_path: Path, capsys: Captured, caplog: pytest.LogCaptureFixture
) -> None:
    """It refuses, hangs up in the middle, or is not there: the run ends well, without the password, and tries again."""
    caplog.set_level(logging.DEBUG)
    server = MailServer(trap)
    with serving(server):
        port = 1 if trap == "dead" else server.port
        assert run(tell(tmp_path, port)) == 0
        said = capsys.readouterr()
        assert "mail did not get the message: it cannot be reached, or refused the message." in said.err
        assert server.messages == []
        logged = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("mail."))
        assert SECRET not in logged + said.err + said.out + (tmp_path / "sent.json").read_text()
        server.trap = ""
        assert run(tell(tmp_path, server.port)) == 0
        assert "Sent to mail." in capsys.readouterr().err
