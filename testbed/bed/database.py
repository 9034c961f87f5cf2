"""A private PostgreSQL cluster with an empty, migrated NetBox database as a template."""

from __future__ import annotations

import lzma
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from bed import server
from bed.install import PACKAGES, CannotRunError

if TYPE_CHECKING:
    from bed.install import Programs
    from bed.state import State

DUMP_VARIABLE = "PROXBOX_TESTBED_DUMP"
SERVER_USER = "postgres"
DATABASE = "netbox"
TEMPLATE = "netbox_template"
DRAFT = "netbox_draft"
KEPT = "netbox_kept_"  # and a name: a copy that a test wants back
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "timezone": "UTC",
}


class Cluster:
    """The cluster of one testbed; the server listens on a unix socket and on 127.0.0.1."""

    def __init__(self, programs: Programs, state: State) -> None:
        """Take the folder and the port from the state."""
        self._bin = programs.postgres_bin
        self._state = state
        self._data = state.cluster_dir
        self._socket = state.cluster_dir / "socket"

    def start(self) -> None:
        """Create the cluster the first time, then start its server."""
        if not (self._data / "PG_VERSION").exists():
            self._create()
        self._socket.mkdir(exist_ok=True)
        self._own(self._socket)
        settings = {**SETTINGS, "port": str(self._state.postgres_port), "unix_socket_directories": str(self._socket)}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._call("pg_ctl", "-D", str(self._data), "-l", str(self._data / "server.log"), "-w", "-o", options, "start")
        self._state.pids["postgres"] = int((self._data / "postmaster.pid").read_text().splitlines()[0])
        self._state.save()
        self._state.versions["postgres"] = self.psql("SHOW server_version")

    def stop(self) -> None:
        """Stop the server if it runs."""
        if (self._data / "postmaster.pid").exists():
            self._call("pg_ctl", "-D", str(self._data), "-m", "fast", "-w", "stop", check=False)

    def psql(self, *statements: str, database: str = "postgres", stdin: IO[bytes] | None = None) -> str:
        """Run SQL as the cluster's superuser and give back what it printed."""
        commands = [part for statement in statements for part in ("-c", statement)]
        return self._call(
            "psql", *self._address(), "-qAt", "-v", "ON_ERROR_STOP=1", "-d", database, *commands, stdin=stdin
        )

    def has_database(self, name: str) -> bool:
        """Tell whether a database of this name exists."""
        return self.psql(f"SELECT count(*) FROM pg_database WHERE datname = '{name}'") == "1"  # noqa: S608

    def recreate_database(self, kept: str = "") -> None:
        """Replace NetBox's database by a copy of the template, or of a kept one; throws out whoever is connected."""
        self.psql(
            f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)",
            f"CREATE DATABASE {DATABASE} TEMPLATE {KEPT + kept if kept else TEMPLATE} STRATEGY FILE_COPY",
        )

    def keep_database(self, name: str) -> None:
        """Keep a copy of NetBox's database under a name; throws out whoever is connected."""
        self.psql(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{DATABASE}'",  # noqa: S608
            f"CREATE DATABASE {KEPT}{name} TEMPLATE {DATABASE} STRATEGY FILE_COPY",
        )

    def forget_databases(self) -> None:
        """Drop all that were kept."""
        names = self.psql(f"SELECT datname FROM pg_database WHERE datname LIKE '{KEPT}%'")  # noqa: S608
        self.psql(*(f"DROP DATABASE {name}" for name in names.split()))

    def _create(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._own(self._data)
        self._call("initdb", "-D", str(self._data), "-U", SERVER_USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")

    def _own(self, folder: Path) -> None:
        if os.geteuid() == 0:
            shutil.chown(folder, SERVER_USER)

    def _address(self) -> list[str]:
        return ["-h", str(self._socket), "-p", str(self._state.postgres_port), "-U", SERVER_USER]

    def _call(self, program: str, *arguments: str, check: bool = True, stdin: IO[bytes] | None = None) -> str:
        """Run one of PostgreSQL's programs, as the postgres user when this is root: it refuses to run as root."""
        account = pwd.getpwnam(SERVER_USER) if os.geteuid() == 0 else None
        with self._state.log("postgres-programs").open("ab") as log:
            done = subprocess.run(
                [str(self._bin / program), *arguments],
                check=False,
                # pg_ctl's server would keep a pipe open for ever; only psql's output is wanted.
                stdout=subprocess.PIPE if program == "psql" else log,
                stderr=log,
                stdin=stdin or subprocess.DEVNULL,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
                cwd="/" if account else None,
            )
        if check and done.returncode != 0:
            message = f"{program} failed, see {self._state.log('postgres-programs')}"
            raise CannotRunError(message)
        return (done.stdout or b"").decode().strip()


def ensure_template(cluster: Cluster, state: State) -> None:
    """Make the template database once: migrated, with one administrator and its two tokens."""
    marker = state.home / "template.packages"
    wanted = "\n".join(PACKAGES)
    if cluster.has_database(TEMPLATE) and marker.exists() and marker.read_text(encoding="utf-8") == wanted:
        return
    cluster.psql(
        f"DROP DATABASE IF EXISTS {DRAFT}",
        f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)",
        f"CREATE DATABASE {DRAFT}",
    )
    dump = os.environ.get(DUMP_VARIABLE)
    if dump:
        _restore(cluster, Path(dump))
    else:
        sys.stderr.write(f"migrating an empty database (about 15 minutes; a dump in {DUMP_VARIABLE} is quicker)\n")
    # After a restore, migrate only checks; it also brings a dump of an older release up to date.
    server.netbox_command(state, "migrate", "--no-input", database=DRAFT)
    server.netbox_command(state, "shell", "-c", _administrator(state), database=DRAFT)
    cluster.psql(f"ALTER DATABASE {DRAFT} RENAME TO {TEMPLATE}")
    marker.write_text(wanted, encoding="utf-8")


def _restore(cluster: Cluster, dump: Path) -> None:
    if not dump.is_file():
        message = f"{DUMP_VARIABLE} names {dump}, which is not a file"
        raise CannotRunError(message)
    with tempfile.TemporaryFile() as script, lzma.open(dump) as packed:
        # Only the very newest psql understands these two commands of its own.
        script.writelines(line for line in packed if not line.startswith((b"\\restrict", b"\\unrestrict")))
        script.seek(0)
        cluster.psql(database=DRAFT, stdin=script)


def _administrator(state: State) -> str:
    key, secret = state.token_v2.removeprefix("nbt_").split(".")
    return (
        "from users.models import Token, User\n"
        "admin = User.objects.create_superuser('admin', 'admin@example.org', 'admin')\n"
        f"Token(user=admin, version=1, token='{state.token_v1}').save()\n"
        f"Token(user=admin, version=2, key='{key}', token='{secret}').save()\n"
    )
