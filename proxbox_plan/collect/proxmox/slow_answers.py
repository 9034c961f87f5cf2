"""Reports what a collection waits for when a response is slow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from proxbox_plan.core.log import get_logger
from proxbox_plan.core.progress import OnWait

logger = get_logger("proxbox_plan.collect.proxmox")

SLOW = 10.0
"""Seconds without a response after which the wait is reported."""


def report_slow(on_wait: OnWait, what: str) -> None:
    """Report that the response about `what` is slow."""
    words = f"Proxmox to answer about {what}, for more than {SLOW:.0f} s"
    logger.info("waiting for %s", words)
    on_wait(words)


@contextmanager
def reported_when_slow(on_wait: OnWait, what: str) -> Iterator[None]:
    """Report `what` once the block is slow, and then also the end of the wait."""
    told: list[str] = []

    def tell() -> None:
        told.append(what)
        report_slow(on_wait, what)

    timer = Timer(SLOW, tell)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if told:
            on_wait("")
