"""Error messages for failed NetBox requests: each names a remedy, and none holds a secret."""

from __future__ import annotations

import json
import os
from typing import Any

import aiohttp

from proxbox_plan.core.errors import NetBoxError

_SHOWN = 500  # characters of a response that are shown
FORBIDDEN = 403  # the token may not do it
TOO_LONG = (413, 414, 431, 502)  # nginx answers 502 when uWSGI drops a request whose headers it has no room for
_ROOM = (
    "If NetBox answers short requests, give its web server more room for headers: `buffer-size` in uwsgi.ini, "
    "`limit_request_field_size` of gunicorn."
)
_WITH_TLS = "If NetBox is served with TLS there, write netbox.url with https://."


def transport_error(url: str, error: BaseException) -> NetBoxError:
    """Turn a failed connection into a message with a remedy."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return _tls_error(url, error)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return NetBoxError(f"The host of {url} is unknown", hint="Check netbox.url and name resolution.")
    if isinstance(error, aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError):
        return NetBoxError(
            f"The proxy in front of NetBox at {url} refused the connection",
            hint="Check netbox.proxy, and that the proxy is reachable from here.",
        )
    if isinstance(error, aiohttp.ClientConnectorError):
        return NetBoxError(
            f"Cannot connect to NetBox at {url}: {error.strerror or 'connection failed'}",
            hint="Check netbox.url, and that NetBox runs and is reachable from here.",
        )
    if isinstance(error, TimeoutError):
        return NetBoxError(
            f"NetBox at {url} did not answer in time",
            hint="Raise PROXBOX_NETBOX_TIMEOUT, or check the server's load.",
        )
    hint = f"{_WITH_TLS} {_ROOM}" if url.startswith("http:") else _ROOM
    return NetBoxError(f"The connection to NetBox at {url} broke: {type(error).__name__}", hint=hint)


def _tls_error(
    url: str, error: aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError
) -> NetBoxError:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return NetBoxError(
            f"The certificate of {url} is not trusted",
            hint="Set netbox.ca_file to its CA certificate (or, knowing the risk, netbox.verify_tls: false).",
        )
    reason = getattr(error.os_error, "reason", None)  # what OpenSSL calls it: WRONG_VERSION_NUMBER of plain HTTP
    words = str(reason).replace("_", " ").lower() if reason else "no handshake"
    return NetBoxError(
        f"The server at {url} does not answer with TLS ({words})",
        hint="Check the port; if NetBox is served without TLS there, write netbox.url with http://.",
    )


def was_dropped(error: BaseException) -> bool:
    """Whether a server ended a connection that it had accepted, without an answer."""
    return not isinstance(error, aiohttp.ClientConnectorError | TimeoutError)


def may_be_too_long(error: NetBoxError) -> bool:
    """Whether a server may have failed a request for its length: it says so, or there is no answer of NetBox at all."""
    return error.status is None or error.status in TOO_LONG


def reason_of(error: BaseException) -> str:
    """Return why there was no response, in few words."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "certificate not trusted"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return "no TLS"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "host unknown"
    if isinstance(error, aiohttp.ClientConnectorError):
        return os.strerror(error.errno).lower() if error.errno else "connection failed"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return f"connection broke ({type(error).__name__})"


def answer_error(method: str, path: str, status: int, text: str, token_from: str = "") -> NetBoxError:
    """Turn an error response into a message with a remedy; keeps the decoded body.

    `token_from` says where the token was taken from, to whom several are set.
    """
    body = decode(text)
    words = _words(body, text)
    hint = ""
    if status in (401, 403):
        hint = "Check that the NetBox token is valid and not expired, and has the permissions `proxbox doctor` lists."
        hint += f" It comes from {token_from}." if token_from else ""
    elif 300 <= status < 400:  # noqa: PLR2004 # the redirect class of HTTP
        hint = "Set netbox.url to the address NetBox redirects to (https)."
    elif status == 404:  # noqa: PLR2004 # HTTP not found
        hint = "Check netbox.url (with its sub-path, if it has one)."
    elif status in TOO_LONG:
        hint = _ROOM
    elif "HTTPS port" in text:  # nginx and others say so of a plain request
        hint = _WITH_TLS
    return NetBoxError(f"NetBox answered {status} to {method} {path}: {words}", hint=hint, status=status, body=body)


def decode(text: str) -> Any:
    """Return the JSON of a response; null when it is not JSON."""
    try:
        return json.loads(text) if text.strip() else None
    except (ValueError, RecursionError):
        return None


def _words(body: Any, text: str) -> str:
    if isinstance(body, dict) and isinstance(body.get("detail"), str):
        return " ".join(str(body["detail"]).split())[:_SHOWN]
    if body is not None:
        return json.dumps(body, ensure_ascii=False)[:_SHOWN]
    return "an answer that is not JSON" if text.strip() else "an empty answer"
