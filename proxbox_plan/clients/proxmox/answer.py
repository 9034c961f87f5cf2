"""Checks responses of Proxmox: no redirect, bounded size and time, and valid JSON of its API."""

from __future__ import annotations

import io
import json
import re
import time
from typing import Any

import requests
import urllib3
from proxmoxer.backends.https import JsonSerializer
from proxmoxer.core import ResourceException

from proxbox_plan.core.redaction import Redactor

LARGEST_ANSWER = 1 << 28
LONGEST_MESSAGE = 200
_CHUNK = 1 << 16
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\s]+")


def one_line(text: str) -> str:
    """Return untrusted text as one short printable line."""
    line = _UNSEEN.sub(" ", text).strip()
    return line if len(line) <= LONGEST_MESSAGE else f"{line[: LONGEST_MESSAGE - 1]}…"


def admit(response: requests.Response, *, timeout: float | None = None, **_: Any) -> None:
    """Hook of requests: refuse a redirect, then read a body of bounded size in bounded time."""
    refuse_redirect(response.raw)
    response.raw = io.BytesIO(read_body(response.raw, timeout))


def refuse_redirect(raw: urllib3.HTTPResponse) -> None:
    """Fail on a redirect: proxmoxer would send the credentials along, or return None as data."""
    if 300 <= raw.status < 400:  # noqa: PLR2004
        _drop(raw)
        raise requests.TooManyRedirects("redirected")


def read_body(raw: urllib3.HTTPResponse, timeout: float | None) -> bytes:
    """Read a body of bounded size in bounded time: requests' own timeout restarts with every byte."""
    body = bytearray()
    deadline = time.monotonic() + (timeout or 0.0)
    try:
        while part := raw.read1(_CHUNK, decode_content=True):
            body += part
            if len(body) > LARGEST_ANSWER:
                raise requests.exceptions.ContentDecodingError("the answer is too large")
            if timeout and time.monotonic() > deadline:
                raise requests.ReadTimeout("the answer takes too long")
    except urllib3.exceptions.ReadTimeoutError:
        raise requests.ReadTimeout("the answer takes too long") from None
    except urllib3.exceptions.DecodeError:
        raise requests.exceptions.ContentDecodingError("not in the encoding it should be") from None
    except (urllib3.exceptions.HTTPError, OSError) as error:
        _drop(raw)
        if isinstance(error, requests.RequestException):
            raise
        raise requests.ConnectionError("cut off") from None
    return bytes(body)


def _drop(raw: urllib3.HTTPResponse) -> None:
    raw.close()
    raw.release_conn()


class StrictSerializer(JsonSerializer):  # type: ignore[misc]  # proxmoxer has no types
    """Decodes a response or fails; proxmoxer's own serializer returns a login page as data."""

    def __init__(self, redactor: Redactor) -> None:
        """`redactor` removes the sent secrets from errors: a hostile server may repeat them."""
        self._redactor = redactor

    def loads(self, response: requests.Response) -> Any:
        """Return the data of a response; ValueError when it is not valid."""
        try:
            # One guest with a broken note must not make the whole list unreadable.
            text = self._redactor.hide_in_data(response.content.decode(errors="replace"))
            document = json.loads(text)
        except ValueError:
            raise ValueError("not JSON") from None
        if not isinstance(document, dict) or "data" not in document:
            raise ValueError("no data in it")
        data = document["data"]
        return _without_surrogates(data) if _SURROGATE.search(text) else data

    def loads_errors(self, response: requests.Response) -> str | None:
        """Return the body: newer versions repeat there the reason that a proxy may drop from the status line."""
        try:
            document = json.loads(response.content.decode(errors="replace"))
        except (ValueError, RecursionError):
            return None
        message = document.get("message") if isinstance(document, dict) else None
        return message if isinstance(message, str) else None


def _without_surrogates(data: Any) -> Any:
    """Replace lone surrogates, which JSON can encode but no file can hold."""
    if isinstance(data, str):
        return data.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(data, list):
        return [_without_surrogates(item) for item in data]
    if isinstance(data, dict):
        return {_without_surrogates(key): _without_surrogates(value) for key, value in data.items()}
    return data


def reason_of(error: ResourceException, redactor: Redactor) -> str:
    """Return the reason of an error response, as one line without secrets."""
    return one_line(redactor.hide(str(error.content or error.errors or error.status_message or "")))
