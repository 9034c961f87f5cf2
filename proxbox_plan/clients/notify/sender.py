"""Send one message to one receiver. A receiver that is down or refuses it is an answer, never an error."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from proxbox_plan.core.errors import UsageError


def send(address: SecretStr, title: str, body: str) -> str:
    """Send the message; return why the receiver did not get it, empty when it did.

    Nothing that is returned or logged holds the address. UsageError when Apprise is not installed.
    """
    try:
        with _quiet():
            from apprise import Apprise, NotifyFormat  # noqa: PLC0415 # an extra, and slow to load
    except ImportError as error:
        raise UsageError(
            "Apprise, which sends messages, is not installed", hint="Install it: pip install 'proxbox-plan[notify]'"
        ) from error
    with _quiet():
        try:
            receivers = Apprise()
            if not receivers.add(address.get_secret_value()):
                return "its address is none that Apprise knows"
            sent = receivers.notify(title=title, body=body, body_format=NotifyFormat.TEXT)
        except Exception as error:  # noqa: BLE001 # whatever a plugin raises, and it may quote the address
            return f"sending failed ({type(error).__name__})"
    return "" if sent else "it cannot be reached, or refused the message"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Apprise's log out of ours, which quotes addresses, and its warnings, which are for its own authors."""
    logger = logging.getLogger("apprise")
    before = logger.disabled
    logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before
