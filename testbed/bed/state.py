"""What the testbed remembers between two commands."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import socket
import string
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bed.fronts import DEFAULT, FRONTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bed.fronts import Front

NETBOX_PORT = 8765
_TOKEN_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Home:
    """The folder that holds the venv, NetBox's configuration, the logs and the state file."""

    path: Path

    @classmethod
    def default(cls) -> Home:
        """Take the folder from PROXBOX_TESTBED_HOME, else from the user's cache."""
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        path = Path(os.environ.get("PROXBOX_TESTBED_HOME") or cache / "proxbox-plan" / "testbed")
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(path.resolve())

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until no other command works on this home, and keep others waiting meanwhile."""
        with (self.path / "lock").open("w") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sys.stderr.write("another command works on this testbed; waiting for it\n")
                fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    @property
    def state_file(self) -> Path:
        """The description of what runs now; it exists only while something runs."""
        return self.path / "state.json"

    def secrets(self) -> dict[str, str]:
        """Read the keys and tokens of this home, making them once: the template database depends on them."""
        file = self.path / "secrets.json"
        if not file.exists():
            write_private(
                file,
                {
                    "secret_key": _random(64),
                    "pepper": _random(64),
                    "token_v1": secrets.token_hex(20),
                    "token_v2_key": _random(12),
                    "token_v2_secret": _random(40),
                },
            )
        values: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        return values

    def cluster_dir(self) -> Path:
        """Choose PostgreSQL's folder; as root it must lie where the postgres user may go."""
        if os.geteuid() != 0:
            return self.path / "postgres"
        name = hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
        return Path("/var/lib/proxbox-testbed") / name


@dataclass
class State:
    """Everything one running testbed consists of."""

    home: Path
    venv: Path
    cluster_dir: Path
    netbox_port: int
    redis_port: int
    postgres_port: int
    token_v1: str
    token_v2: str
    front: str = DEFAULT
    pids: dict[str, int] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    @classmethod
    def fresh(cls, home: Home, venv: Path, front: str) -> State:
        """Describe a testbed that is about to start, on ports that are free now."""
        tokens = home.secrets()
        (home.path / "logs").mkdir(exist_ok=True)
        return cls(
            home=home.path,
            venv=venv,
            cluster_dir=home.cluster_dir(),
            netbox_port=free_port(NETBOX_PORT),
            redis_port=free_port(),
            postgres_port=free_port(),
            token_v1=tokens["token_v1"],
            token_v2=f"nbt_{tokens['token_v2_key']}.{tokens['token_v2_secret']}",
            front=front,
        )

    @classmethod
    def load(cls, home: Home) -> State | None:
        """Read the state file; None when nothing was started."""
        if not home.state_file.exists():
            return None
        document = json.loads(home.state_file.read_text(encoding="utf-8"))
        for name in ("url", "ca_file"):
            document.pop(name, None)
        for name in ("home", "venv", "cluster_dir"):
            document[name] = Path(document[name])
        return cls(**document)

    def save(self) -> None:
        """Write the state file, for the owner's eyes only: it holds the tokens."""
        write_private(Home(self.home).state_file, self.document())

    def document(self) -> dict[str, object]:
        """Give the state as plain JSON values."""
        plain = {name: str(value) if isinstance(value, Path) else value for name, value in vars(self).items()}
        return {"url": self.url, "ca_file": str(self.ca_file) if self.ca_file else None, **plain}

    @property
    def is_whole(self) -> bool:
        """Whether its start came to an end: NetBox answered, and said which it is."""
        return "netbox" in self.versions

    @property
    def front_end(self) -> Front:
        """The web servers that a request passes."""
        return FRONTS[self.front]

    @property
    def url(self) -> str:
        """Where NetBox answers."""
        return f"{self.front_end.scheme}://127.0.0.1:{self.netbox_port}{self.front_end.base_path}"

    @property
    def ca_file(self) -> Path | None:
        """The certificate that a client must trust; null without TLS."""
        return self.home / "nginx.crt" if self.front_end.scheme == "https" else None

    @property
    def root(self) -> Path:
        """NetBox's own instance folder (NETBOX_ROOT)."""
        return self.home / "root"

    def log(self, name: str) -> Path:
        """Name the log file of one of the servers or steps."""
        return self.home / "logs" / f"{name}.log"

    def netbox_environment(self) -> dict[str, str]:
        """Build the environment in which NetBox finds its configuration and its database."""
        return {
            **os.environ,
            "NETBOX_ROOT": str(self.root),
            "DJANGO_SETTINGS_MODULE": "netbox.settings",
            "TESTBED_REDIS_PORT": str(self.redis_port),
            "TESTBED_POSTGRES_PORT": str(self.postgres_port),
            "TESTBED_POSTGRES_SOCKET": str(self.cluster_dir / "socket"),
        }


def write_private(file: Path, document: dict[str, str] | dict[str, object]) -> None:
    """Write a JSON file that only its owner can read, whole or not at all."""
    draft = file.with_suffix(".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:  # noqa: PTH123
        json.dump(document, stream, indent=2)
    draft.replace(file)


def _random(length: int) -> str:
    return "".join(secrets.choice(_TOKEN_ALPHABET) for _ in range(length))


def free_port(preferred: int = 0) -> int:
    """Return a port of 127.0.0.1 that is free now: the preferred one, if it is."""
    for port in dict.fromkeys((preferred, 0)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    message = "no free port on 127.0.0.1"
    raise OSError(message)
