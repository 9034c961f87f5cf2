"""Why Proxmox gave no answer, in few words: for the log, and for what decides on it."""

from __future__ import annotations

import requests


def timed_out(error: requests.RequestException) -> bool:
    """Whether it was a matter of time; a body that stops half-way is a ConnectionError to requests."""
    return isinstance(error, requests.Timeout) or "Read timed out" in str(error)


def reason_of(error: requests.RequestException) -> str:
    """Return the reason. Not the exception's own text: it holds addresses of objects, another one each time."""
    text = str(error)
    if timed_out(error):
        return "no answer in time"
    if isinstance(error, requests.TooManyRedirects):
        return "redirected"
    if isinstance(error, requests.exceptions.SSLError):
        return "certificate not trusted" if "CERTIFICATE" in text.upper() else "no TLS"
    if "NameResolutionError" in text:
        return "host unknown"
    if "refused" in text.lower():
        return "connection refused"
    return f"connection broke ({type(error).__name__})"
