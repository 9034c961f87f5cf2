"""Patterns of users match in linear time, and what RE2 lacks is refused with what to write instead."""

from __future__ import annotations

import ast
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

import proxbox_plan
from proxbox_plan.core.patterns import any_glob, pattern

PACKAGE = Path(proxbox_plan.__file__).parent
COMPILING = frozenset({"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"})
HAVING = {
    "core/patterns.py",  # globs that it translated itself
    "mapping/estate/ipam.py",  # the form of a MAC address, which another module names
    "demo/netbox/filtering/lookups.py",  # the embedded NetBox, whose filters are those of PostgreSQL
    "demo/netbox/values.py",  # the embedded NetBox, whose custom fields have patterns of their own
}
OURS = frozenset(
    {"_LABEL", "_name_of(default)", "MAC", "OF_A_NIC"}
)  # texts of the module that are put into an expression


class NeverEndsError(Exception):
    """Raised in the middle of a match that would take hours."""


@contextmanager
def ending() -> Iterator[None]:
    """Interrupt what does not end. A match that is linear takes microseconds."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise NeverEndsError(number, frame)

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("text", ["/^([a-z0-9]+-?)+$/", "/^(a|aa)+$/", "/(x+x+)+y/", "/^(.*a){12}$/"])
def test_no_expression_backtracks(text: str) -> None:
    """Whatever the name of a guest is: with backtracking each of these takes longer than the universe is old."""
    with ending():
        assert pattern(text).search("a" * 40 + "x" * 40 + ".b") is None


def test_no_glob_backtracks() -> None:
    """Nor does a glob with many asterisks."""
    glob, name = "*a" * 30 + "*b", "a" * 2000
    with ending():
        assert pattern(glob).search(name) is None
        assert any_glob((glob,))(name) is None


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("/^(?!test)/", "add a second condition, or `unless`"),
        ("/db(?=[0-9])/", "add a second condition, or `unless`"),
        ("/(?<=-)db/", "add a second condition, or `unless`"),
        ("/(?<!-)db/", "add a second condition, or `unless`"),
        (r"/(a)\1/", "write the alternatives out"),
        ("/(?P<a>x)(?P=a)/", "write the alternatives out"),
        (r"/db\Z/", r"the end of the text is `\z`"),
        (r"/\u20ac/", r"write the character itself, or `\x{20ac}`"),
        ("/a++b/", "nothing backtracks, so write it without"),
        ("/(?>a)b/", "nothing backtracks, so write it without"),
        ("/(?x) a b/", "the flags of RE2 are `i`, `m`, `s` and `U`"),
        ("/(?a)b/", "the flags of RE2 are `i`, `m`, `s` and `U`"),
        ("/a{1001}/", "at most 1000 times"),
        ("/(?P<a>x)(?P<a>y)/", "give each its own"),
        ("/\ud800/", "surrogates not allowed"),
    ],
)
def test_what_is_refused(text: str, instead: str) -> None:
    """The message says why, and what to write instead."""
    with pytest.raises(ValueError, match="is not a regular expression: ") as caught:
        pattern(text)
    assert instead in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value", "matches"),
    [
        ("/DB/", "db", False),
        ("/(?i)DB/", "db", True),
        ("/(?i)É/", "é", True),
        ("/^db$/", "db\n", False),
        (r"/\Adb\z/", "db", True),
        ("/(?m)^b$/", "a\nb", True),
        ("/a.b/", "a\nb", False),
        ("/(?s)a.b/", "a\nb", True),
        (r"/^\w+$/", "é", False),
        (r"/^\pL+$/", "é", True),
        ("/^[[:alpha:]]+$/", "ab", True),
        (r"/^\d$/", "\u0663", False),
        ("/b$/", "a" * 300 + "b", True),
        ("WEB*", "web1", True),
        ("web", "web1", False),
    ],
)
def test_what_matches(text: str, value: str, *, matches: bool) -> None:
    """As docs/configuration.md says: RE2's syntax, classes are ASCII, `$` is the end, and globs ignore case."""
    assert (pattern(text).search(value) is not None) is matches


def test_named_groups() -> None:
    """Both spellings; characters, not bytes."""
    found = pattern("/^(?P<env>é+)-(?<rest>x)?/").search("éé-")
    assert found is not None
    assert found.groupdict() == {"env": "éé", "rest": None}


def test_re2_says_nothing_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    """It logs errors by itself unless it is told not to."""
    with pytest.raises(ValueError, match="missing"):
        pattern("/(/")
    assert capfd.readouterr().err == ""


def test_only_who_has_an_expression_loads_re2() -> None:
    """Every start of the command would pay for it."""
    code = (
        "import sys; from proxbox_plan.core.patterns import pattern; from proxbox_plan.cli.main import cli;"
        "pattern('web*'); assert 're2' not in sys.modules; pattern('/web/'); assert 're2' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
def test_no_other_code_compiles_what_a_user_wrote() -> None:
    """Every other expression of the package is a literal: only `core/patterns.py` compiles a text of the user."""
    found = {
        file.relative_to(PACKAGE).as_posix()
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _compiles(node) and not _is_literal(node.args[0])
    }
    assert found == HAVING


def _compiles(node: ast.Call) -> bool:
    match node.func:
        case ast.Attribute(value=ast.Name(id="re"), attr=name):
            return name in COMPILING
        case _:
            return False


def _is_literal(node: ast.expr) -> bool:
    """Whether a text is written there, of other texts of the module at most."""
    match node:
        case ast.Constant():
            return True
        case ast.JoinedStr(values=values):
            return all(not isinstance(part, ast.FormattedValue) or ast.unparse(part.value) in OURS for part in values)
        case _:
            return False
