"""Find or install what a NetBox needs: PostgreSQL, Redis, a Python that is new enough, and the packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bed.state import Home

PACKAGES = ("netbox==4.7.3", "netbox-proxbox==0.0.29.post6", "netboxlabs-netbox-branching==1.2.2")
UWSGI = "pyuwsgi==2.0.30.post1"  # the package that NetBox's documentation names
POSTGRES_AT_LEAST = 15
PYTHON_AT_LEAST = (3, 12)
SERVER_PACKAGES = ("postgresql", "redis-server")
NGINX_PACKAGES = ("nginx", "openssl")
NGINX_PARAMETERS = Path("/etc/nginx/uwsgi_params")  # what nginx tells uWSGI of a request
BUILD_PACKAGES = ("libpq-dev", "gcc", "libc6-dev")  # NetBox wants psycopg compiled

_IS_FIT = f"""
import ensurepip, pathlib, sys, sysconfig, venv
header = pathlib.Path(sysconfig.get_path("include"), "Python.h")
sys.exit(sys.version_info < {PYTHON_AT_LEAST} or not header.exists())
"""


class CannotRunError(Exception):
    """Something the testbed needs is missing here and cannot be installed; the text says what, in one line."""


@dataclass(frozen=True)
class Programs:
    """Where the servers' programs are."""

    postgres_bin: Path
    redis_server: Path


def ensure_programs() -> Programs:
    """Find PostgreSQL and Redis, installing them with apt when this is root on Debian or Ubuntu."""
    if (found := _find_programs()) is not None:
        return found
    _apt_install(f"PostgreSQL >= {POSTGRES_AT_LEAST} and redis-server", SERVER_PACKAGES)
    if (found := _find_programs()) is None:
        message = f"apt-get installed neither PostgreSQL >= {POSTGRES_AT_LEAST} nor redis-server"
        raise CannotRunError(message)
    return found


def ensure_venv(home: Home) -> Path:
    """Make the venv that holds NetBox and its plugins, once."""
    venv = Path(os.environ.get("PROXBOX_TESTBED_VENV") or home.path / "venv")
    wanted = "\n".join(PACKAGES)
    marker = home.path / "venv.packages"
    if "PROXBOX_TESTBED_VENV" in os.environ or (marker.exists() and marker.read_text(encoding="utf-8") == wanted):
        return venv
    python = find_python()
    if not all(map(shutil.which, ("gcc", "pg_config"))):
        _apt_install("gcc and libpq's headers", BUILD_PACKAGES)
    sys.stderr.write(f"installing {', '.join(PACKAGES)} with {python} (about 2 minutes)\n")
    shutil.rmtree(venv, ignore_errors=True)
    _run([str(python), "-m", "venv", str(venv)])
    _run([str(venv / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *PACKAGES])
    marker.write_text(wanted, encoding="utf-8")
    return venv


def ensure_nginx() -> None:
    """Find nginx and openssl, installing them with apt when this is root on Debian or Ubuntu."""
    if find_nginx() and shutil.which("openssl"):
        return
    _apt_install("nginx and openssl", NGINX_PACKAGES)
    _stop_service("nginx")
    if find_nginx() is None:
        message = "apt-get did not install nginx"
        raise CannotRunError(message)


def ensure_uwsgi(venv: Path) -> None:
    """Install uWSGI beside NetBox, once."""
    if (venv / "bin" / "uwsgi").exists():
        return
    if "PROXBOX_TESTBED_VENV" in os.environ:
        message = f"{UWSGI} is needed in {venv}"
        raise CannotRunError(message)
    sys.stderr.write(f"installing {UWSGI}\n")
    _run([str(venv / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", UWSGI])


def find_nginx() -> Path | None:
    """Find nginx, which Debian keeps off the PATH of users."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    return Path(found) if found and NGINX_PARAMETERS.exists() else None


def find_python() -> Path:
    """Find a Python that is new enough and complete."""
    for candidate in _pythons():
        # A pyenv shim is on the PATH even when the version behind it is not: only running it tells.
        if subprocess.run([candidate, "-c", _IS_FIT], check=False, capture_output=True).returncode == 0:
            return Path(candidate)
    message = f"no Python >= {'.'.join(map(str, PYTHON_AT_LEAST))} with venv and headers was found (PATH, pyenv, uv)"
    raise CannotRunError(message)


def _find_programs() -> Programs | None:
    redis = shutil.which("redis-server")
    for folder in _postgres_folders():
        if redis is not None and (folder / "initdb").exists():
            return Programs(folder, Path(redis))
    return None


def _postgres_folders() -> Iterator[Path]:
    """Newest first; Debian keeps the server's programs off the PATH."""
    versions = [path for path in Path("/usr/lib/postgresql").glob("*") if path.name.isdecimal()]
    for path in sorted(versions, key=lambda path: -int(path.name)):
        if int(path.name) >= POSTGRES_AT_LEAST:
            yield path / "bin"
    if (postgres := shutil.which("postgres")) is not None:
        yield Path(postgres).resolve().parent


def _pythons() -> Iterator[str]:
    for name in ("python3.13", "python3.12"):
        if (path := shutil.which(name)) is not None:
            yield path
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for folder in sorted(versions.glob("3.1[23]*")):
        yield str(folder / "bin" / "python")
    if (uv := shutil.which("uv")) is not None:
        found = subprocess.run([uv, "python", "find", ">=3.12"], check=False, capture_output=True, text=True)
        if found.returncode == 0:
            yield found.stdout.strip()


def _apt_install(what: str, packages: tuple[str, ...]) -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        message = f"{what} are needed (Debian: {' '.join(packages)})"
        raise CannotRunError(message)
    sys.stderr.write(f"installing {', '.join(packages)}\n")
    _apt_get("update")
    _apt_get("install", "--yes", "--no-install-recommends", *packages)


def _stop_service(name: str) -> None:
    """Stop what Debian starts right after it installed it: the testbed starts its own."""
    for command in (["systemctl", "disable", "--now", name], ["service", name, "stop"]):
        if shutil.which(command[0]):
            subprocess.run(command, check=False, capture_output=True)


def _apt_get(*arguments: str) -> None:
    _run(["apt-get", "-qq", *arguments], {**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        message = f"`{' '.join(command[:3])}` failed: {last}"
        raise CannotRunError(message)
