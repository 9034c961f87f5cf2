"""The fake NetBox for callers without an event loop: it runs in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self

from proxbox_plan.demo.netbox.server import FakeNetBox
from proxbox_plan.demo.netbox.versions import NEWEST_RELEASE


class FakeNetBoxThread:
    """A context manager: the fake NetBox answers while the block runs."""

    def __init__(
        self, version: str = NEWEST_RELEASE, *, host: str = "127.0.0.1", port: int = 0, **options: Any
    ) -> None:
        """Prepare it; the options are those of `FakeNetBox`."""
        self.fake = FakeNetBox(version, **options)
        self._host = host
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake-netbox", daemon=True)

    @property
    def url(self) -> str:
        """Its URL."""
        return self.fake.url

    @property
    def token(self) -> str:
        """The accepted token."""
        return self.fake.token

    def __enter__(self) -> Self:
        """Start listening."""
        self._thread.start()
        started: Future[str] = asyncio.run_coroutine_threadsafe(self.fake.start(self._host, self._port), self._loop)
        started.result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and end the thread."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        """Stop, and cancel pending requests."""
        await self.fake.stop()
        waiting = asyncio.all_tasks() - {asyncio.current_task()}
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
