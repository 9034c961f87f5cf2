"""What every tool is given, and what a tool is."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.peers.bed import NetBox
from benchmarks.peers.cluster import Access
from benchmarks.peers.proxy import Proxy

LIMIT_SECONDS = 45 * 60.0


@dataclass(frozen=True)
class Scene:
    """A cluster, an empty NetBox and the proxy before it, and a folder for the tool's own files."""

    cluster: Access
    netbox: NetBox
    proxy: Proxy
    folder: Path

    @property
    def log(self) -> Path:
        """Where the tool's output goes."""
        return self.folder / "log"

    def environment(self, **more: str) -> dict[str, str]:
        """Return an environment that knows nothing of the user's own settings."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8", **more}


class Session(Protocol):
    """A tool that is ready to run."""

    def first(self) -> None:
        """Bring an empty NetBox to what Proxmox says."""
        ...

    def second(self) -> None:
        """Do it again, with nothing changed."""
        ...


@dataclass(frozen=True)
class Tool:
    """One row of the table."""

    name: str
    session: Callable[[Scene], AbstractContextManager[Session]]
    """Makes what the tool needs beforehand and starts it, none of which is measured; stops it at the end."""
    pause: float = 0.0
    """Seconds between the two runs, which are not measured either."""
