"""A Chromium without a window, told what to do over its DevTools protocol: a page is tested as a person uses it."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import Coroutine
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 30.0
_SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
    "--window-size=1280,900",
)


def find_browser() -> str | None:
    """Return the path of a Chromium, if there is one."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Browser:
    """One browser with one tab. `said` holds what the page's console said, `asked` what the page requested."""

    def __init__(self, program: str) -> None:
        """Take the program; nothing runs before the `with`."""
        self._program = program
        self._stack = ExitStack()
        self._loop = asyncio.new_event_loop()
        self._number = 0
        self._session: aiohttp.ClientSession | None = None
        self.said: list[str] = []
        self.asked: list[str] = []

    def __enter__(self) -> Self:
        """Start the browser."""
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        command = [self._program, *_SWITCHES, f"--user-data-dir={folder}", "about:blank"]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdout=quiet, stderr=quiet)
        self._stack.callback(self._end)
        self._run(self._connect(self._port(Path(folder))))
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the browser, whatever happened."""
        self._stack.close()
        self._loop.close()

    def _end(self) -> None:
        if self._session:
            self._run(self._session.close())
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(asyncio.wait_for(work, PATIENCE))

    def _port(self, folder: Path) -> str:
        """Return the port of the protocol, which the browser writes into a file once it listens."""
        place = folder / "DevToolsActivePort"
        end = time.monotonic() + PATIENCE
        while not place.exists() or not place.read_text(encoding="ascii").strip():
            if time.monotonic() > end:
                raise TimeoutError("the browser does not listen")
            time.sleep(0.05)
        return place.read_text(encoding="ascii").splitlines()[0]

    async def _connect(self, port: str) -> None:
        self._session = aiohttp.ClientSession()
        async with self._session.get(f"http://127.0.0.1:{port}/json/list") as answer:
            tabs = await answer.json()
        address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
        self._socket = await self._session.ws_connect(address, max_msg_size=0)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call one method of the protocol and return its result."""
        answer: dict[str, Any] = self._run(self._call(method, parameters))
        return answer

    async def _call(self, method: str, parameters: dict[str, Any]) -> Any:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            message = await self._socket.receive_json()
            if message.get("id") == self._number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        match message:
            case {"method": "Runtime.exceptionThrown", "params": {"exceptionDetails": details}}:
                self.said.append(str(details))
            case {"method": "Log.entryAdded", "params": {"entry": entry}}:
                self.said.append(entry["text"])
            case {"method": "Network.requestWillBeSent", "params": {"request": request}}:
                self.asked.append(request["url"])

    def open(self, address: str) -> None:
        """Open an address, and wait until the page has drawn itself."""
        self.call("Page.navigate", url="about:blank")
        self.said.clear()
        self.asked.clear()
        self.call("Page.navigate", url=address)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def wait(self, condition: str) -> None:
        """Wait until an expression is true in the page."""
        end = time.monotonic() + PATIENCE
        while not self.ask(condition):
            if time.monotonic() > end:
                raise TimeoutError(condition)
            time.sleep(0.02)

    def ask(self, expression: str) -> Any:
        """Return the value of an expression in the page."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise RuntimeError(f"{expression}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def press(self, *keys: str) -> None:
        """Press keys one after the other: characters as they are, others by their name (`Enter`)."""
        for key in keys:
            text = {"text": "\r" if key == "Enter" else key} if len(key) == 1 or key == "Enter" else {}
            codes = {"Enter": 13, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38}
            code = codes.get(key, ord(key.upper()) if len(key) == 1 and key.isalpha() else 0)
            for kind in ("keyDown", "keyUp"):
                more = text if kind == "keyDown" else {}
                self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more)
