"""Client of the Proxmox VE API, read-only by construction."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from threading import Lock, local
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import requests
from proxmoxer import ProxmoxResource
from proxmoxer.core import ResourceException

from proxbox_plan.clients.proxmox.answer import StrictSerializer, one_line, reason_of
from proxbox_plan.clients.proxmox.login import Authentication, base_url, log_in
from proxbox_plan.clients.proxmox.reason import timed_out
from proxbox_plan.clients.proxmox.session import ReadSession
from proxbox_plan.clients.proxmox.tls import tls_context, verification
from proxbox_plan.core.errors import ProxmoxError
from proxbox_plan.core.log import get_logger
from proxbox_plan.core.redaction import KNOWN, Redactor
from proxbox_plan.model.connection import ProxmoxConnection
from proxbox_plan.model.state import Incomplete

logger = get_logger("proxbox_plan.clients.proxmox")

INCOMPLETE = {
    401: Incomplete.FORBIDDEN,
    403: Incomplete.FORBIDDEN,
    502: Incomplete.UNREACHABLE,
    503: Incomplete.UNREACHABLE,
    504: Incomplete.TIMEOUT,
    595: Incomplete.UNREACHABLE,  # connection to the node failed
    596: Incomplete.TIMEOUT,  # the node did not answer the proxy in time
    597: Incomplete.UNREACHABLE,
    598: Incomplete.UNREACHABLE,
    599: Incomplete.UNREACHABLE,
}
UNAUTHORISED = 401
NO_ANSWER = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


class ProxmoxReadError(ProxmoxError):
    """One read failed: which path, why (`reason`), and the HTTP status where there was one."""

    def __init__(self, path: str, reason: Incomplete, detail: str, *, status: int | None = None) -> None:
        """Make a one-line message of the path and the detail."""
        super().__init__(one_line(f"GET {path}: {detail}"))
        self.path = path
        self.reason = reason
        self.status = status


def api_path(*segments: str | int) -> str:
    """Return an API path; every segment is quoted, so that none can change the rest of the path."""
    texts = [str(segment) for segment in segments]
    path = "/" + "/".join(quote(text, safe="") for text in texts)
    if any(text in {"", ".", ".."} for text in texts):
        raise ProxmoxReadError(path, Incomplete.BAD_ANSWER, "a name that cannot be part of a path")
    return path


class ProxmoxClient:
    """Reads one Proxmox VE API from any number of threads: one session per thread, one login for all."""

    def __init__(self, connection: ProxmoxConnection, *, warn: Callable[[str], None] | None = None) -> None:
        """Prepare the client; nothing is sent before `connect`."""
        self._connection = connection
        self._warn = warn or logger.warning
        self._root = base_url(connection)
        self._threads = local()
        self._lock = Lock()
        self._sessions: list[ReadSession] = []
        self._authentication: Authentication | None = None
        self._tls: ssl.SSLContext | None = None
        self._redactor = Redactor(*_secrets(connection))
        self._serializer = StrictSerializer(self._redactor)

    def __repr__(self) -> str:
        """Return cluster and address, never a secret."""
        return f"ProxmoxClient({self._connection.cluster!r}, {self._root!r})"

    def __enter__(self) -> Self:
        """Use the client as a context manager, so that its connections are closed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        self.close()

    def close(self) -> None:
        """Close every connection of every thread."""
        with self._lock:
            sessions, self._sessions = self._sessions, []
        for session in sessions:
            session.close()

    def connect(self) -> dict[str, Any]:
        """Authenticate and return /version; ProxmoxError with a remedy when that fails."""
        if not self._connection.verify_tls:
            self._warn(f"{self._connection.host}: the TLS certificate is not verified (verify_tls is off).")
        verify = verification(self._connection, self._root)
        self._tls = tls_context(verify)
        self._authentication = log_in(self._connection, verify)
        self._learn_ticket(self._authentication)
        try:
            return dict(self._send("/version", {}))
        except ResourceException as error:
            raise self._authentication.refused(error.status_code, reason_of(error, self._redactor)) from None
        except requests.RequestException as error:
            raise self._authentication.unreachable(error) from None
        except NO_ANSWER:
            raise self._authentication.not_proxmox() from None

    def get(self, path: str, **params: str | int) -> Any:
        """Return the data of one GET; build `path` with `api_path`. Raises only ProxmoxReadError."""
        try:
            return self._send_again(path, params)
        except ResourceException as error:
            reason = INCOMPLETE.get(error.status_code, Incomplete.SERVER_ERROR)
            detail = f"{error.status_code} {reason_of(error, self._redactor)}"
            raise ProxmoxReadError(path, reason, detail, status=error.status_code) from None
        except requests.TooManyRedirects:
            raise ProxmoxReadError(path, Incomplete.BAD_ANSWER, "redirected, which Proxmox never does") from None
        except requests.RequestException as error:
            if timed_out(error):
                detail = f"no answer within {self._connection.timeout:g} s"
                raise ProxmoxReadError(path, Incomplete.TIMEOUT, detail) from None
            # Not the exception's own text: it holds memory addresses, which differ each time.
            detail = f"the connection broke ({type(error).__name__})"
            raise ProxmoxReadError(path, Incomplete.UNREACHABLE, detail) from None
        except NO_ANSWER as error:
            raise ProxmoxReadError(path, Incomplete.BAD_ANSWER, f"not a Proxmox response ({error})") from None

    def _send_again(self, path: str, params: dict[str, str | int]) -> Any:
        """Send, and retry once after a ticket expired or a kept-alive connection was closed."""
        used = self._authentication.ticket if self._authentication else ""
        try:
            return self._send(path, params)
        except ResourceException as error:
            if error.status_code != UNAUTHORISED or not self._log_in_again(used):
                raise
        except requests.ConnectionError as error:
            if timed_out(error) or isinstance(error, requests.exceptions.SSLError):
                raise
        logger.info("%s:%s is read again", self._connection.cluster, path)
        return self._send(path, params, attempt=2)

    def _send(self, path: str, params: dict[str, str | int], attempt: int = 1) -> Any:
        session = self._session()
        session.attempt = attempt
        resource = ProxmoxResource(base_url=f"{self._root}{path}", session=session, serializer=self._serializer)
        return resource.get(**params)

    def _session(self) -> ReadSession:
        session: ReadSession | None = getattr(self._threads, "session", None)
        if session is None:
            if self._authentication is None or self._tls is None:
                raise ProxmoxError("The client was used before it was connected.")
            session = ReadSession(self._connection.cluster, self._root, self._authentication.auth, self._tls)
            self._threads.session = session
            with self._lock:
                self._sessions.append(session)
        return session

    def _log_in_again(self, used: str) -> bool:
        with self._lock:
            if self._authentication is None or not self._authentication.renew(used):
                return False
            self._learn_ticket(self._authentication)
            return True

    def _learn_ticket(self, authentication: Authentication) -> None:
        """Redact the ticket: for some hours it grants as much as the password."""
        if authentication.ticket:
            self._redactor.learn(authentication.ticket)
            KNOWN.learn(authentication.ticket)


def _secrets(connection: ProxmoxConnection) -> list[str]:
    held = (connection.token_secret, connection.password)
    return [secret.get_secret_value() for secret in held if secret is not None and secret.get_secret_value()]
