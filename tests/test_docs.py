"""The documentation is complete and leads nowhere that does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

import proxbox_plan
from proxbox_plan.cli.main import INTERRUPTED, READER_GONE
from proxbox_plan.cli.options import CHANGES
from proxbox_plan.config import config_schema
from proxbox_plan.core import errors
from proxbox_plan.core.errors import ProxboxError
from proxbox_plan.model.drift import Origin
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import HoldReason, Reason
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import Incomplete
from proxbox_plan.plan import KINDS
from testbed.bed.fronts import FRONTS
from tests.cases import Cases

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
CODE_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def _prose(page: Path) -> str:
    return CODE_BLOCK.sub("", page.read_text(encoding="utf-8"))


def _links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", _prose(page)):
            if not target.startswith(("https://", "http://")):
                yield page, target


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_no_link_is_broken() -> None:
    """Neither its file nor its heading is missing."""
    with Cases() as case:
        for page, target in _links():
            with case(page.name, target):
                name, _, anchor = target.partition("#")
                file = page.parent / name if name else page
                assert file.exists()
                if anchor:
                    assert anchor in _anchors(file)


def test_the_architecture_page_names_every_folder() -> None:
    """So that it shows the whole picture."""
    package = Path(proxbox_plan.__file__).parent
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    folders = {path.parent.name for path in package.glob("*/__init__.py")}
    assert [folder for folder in folders if f"`proxbox_plan/{folder}/`" not in text] == []


def test_every_path_that_is_named_exists() -> None:
    """A page that names a file which does not exist is worse than none."""
    with Cases() as case:
        for page in PAGES:
            with case(page.name):
                folders = "proxbox_plan|tests|testbed|scripts|schemas|docs"
                paths = re.findall(rf"`((?:{folders})/[\w./]*)`", _prose(page))
                assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_front_of_the_testbed_has_a_row() -> None:
    """Where the stories run is no secret; `./dev` names them, too."""
    text = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    section = text.partition("\n### Fronts\n")[2].partition("\n### ")[0]
    assert re.findall(r"^\| `(\w+)`", section, re.MULTILINE) == list(FRONTS)
    assert f"[--front {'|'.join(FRONTS)}]" in (ROOT / "dev").read_text(encoding="utf-8")


def _section(title: str) -> str:
    text = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def _headings(title: str) -> list[str]:
    return re.findall(r"^### `(.+)`$", _section(title), re.MULTILINE)


def _rows(title: str) -> list[str]:
    return re.findall(r"^\| `(.+?)` \|", _section(title), re.MULTILINE)


@pytest.mark.parametrize(("title", "codes"), [("Incomplete", Incomplete), ("Problems", ProblemCode)])
def test_every_code_has_a_section(title: str, codes: type[StrEnum]) -> None:
    """With what it means and what to do, in the order of the code."""
    assert _headings(title) == list(codes)
    assert _section(title).count("* **Meaning**: ") == len(codes)
    assert _section(title).count("* **Remedy**: ") == len(codes)


@pytest.mark.parametrize(
    ("title", "codes"), [("Reasons", Reason), ("Held", HoldReason), ("Causes", Origin), ("Results", Result)]
)
def test_every_code_has_a_row(title: str, codes: type[StrEnum]) -> None:
    """In the order of the code."""
    assert _rows(title) == list(codes)


def test_every_exit_code_has_a_row() -> None:
    """Those of the errors, and those of commands that end well."""
    of_errors = {
        error.exit_code
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, ProxboxError)
    }
    assert [int(code) for code in _rows("Exit codes")] == sorted({0, CHANGES, INTERRUPTED, READER_GONE, *of_errors})


def test_every_key_of_the_configuration_is_described() -> None:
    """The page of the configuration is made of these descriptions."""
    schema = config_schema()
    parts = {"": schema, **schema["$defs"]}
    keys = [(part, key, value) for part, found in parts.items() for key, value in found.get("properties", {}).items()]
    assert [f"{part}.{key}" for part, key, value in keys if not value.get("description")] == []


def test_every_field_of_the_mapping_says_where_it_comes_from() -> None:
    """The page of the mapping is made of these sources."""
    kinds = [kind for kind in KINDS.values() if not kind.support]
    assert [f"{kind.name}.{field.name}" for kind in kinds for field in kind.fields if not field.source] == []


@pytest.mark.parametrize("page", ["safety.md", "comparison.md"])
def test_every_promise_names_a_test_that_exists(page: str) -> None:
    """A promise is worth as much as the test beside it."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert len(named) > 40
    files = {file: (ROOT / file).read_text(encoding="utf-8") for file, _ in named if (ROOT / file).exists()}
    assert [f"{file}::{test}" for file, test in named if f"def {test}(" not in files.get(file, "")] == []
