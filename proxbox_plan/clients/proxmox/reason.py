"""Reason why Proxmox gave no response, in few words."""

from __future__ import annotations

import requests


def timed_out(error: requests.RequestException) -> bool:
    """Whether the error is a timeout; requests reports a body that stops half-way as a ConnectionError."""
    return isinstance(error, requests.Timeout) or "Read timed out" in str(error)


def reason_of(error: requests.RequestException) -> str:
    """Return the reason. Not the exception's own text: it holds memory addresses, which differ each time."""
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
