"""Opens: only `proxbox_plan/core/files/` opens files, so that its rules hold for all of them: `./dev lint`.

A file that is opened anywhere else might be a device, be written through a symbolic link, or replace an input.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
PACKAGE: Final = ROOT / "proxbox_plan"
FOLDER: Final = "core/files/"
_METHODS: Final = frozenset({"open", "read_text", "read_bytes", "write_text", "write_bytes", "touch", "mkfifo"})
_FUNCTIONS: Final = frozenset({"open", "os.open", "io.open", "os.mkfifo", "os.truncate", "shutil.copy", "shutil.move"})
_OTHERS: Final = {
    "api/init_files/templates/gitlab/gitlab.py": _METHODS,  # a script of its own, for the user's repository
    "demo/cluster/certificate.py": _METHODS,  # in a temporary folder that it made
}
_NO_FILES: Final = frozenset({"files", "results", "self._results", "InventoryCache", "api"})


def findings(package: Path = PACKAGE) -> Iterator[str]:
    """Yield each call that opens a file outside of `core/files/`, with its place."""
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        if not name.startswith(FOLDER):
            yield from (f"{path}:{line}: {said}" for line, said in _opened(name, path.read_text(encoding="utf-8")))


def _opened(name: str, text: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and (called := _called(node.func)) and not _is_known(name, called):
            yield node.lineno, f"`{called}` opens a file: use `proxbox_plan.core.files`"


def _is_known(name: str, called: str) -> bool:
    return called.rpartition(".")[2] in _OTHERS.get(name, ())


def _called(function: ast.expr) -> str:
    """Return what is called when it opens a file; empty when it does not."""
    said = ast.unparse(function)
    if said in _FUNCTIONS:
        return said
    if not isinstance(function, ast.Attribute) or function.attr not in _METHODS:
        return ""
    owner = ast.unparse(function.value)
    packaged = owner.startswith(("files(", "resources.files("))  # of importlib: what the package itself holds
    return "" if packaged or owner in _NO_FILES or owner.endswith(".results") else said
