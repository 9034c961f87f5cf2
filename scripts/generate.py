"""Write what is generated: `schemas/`, `examples/`, pages of `docs/`, and the demo's output in `README.md`.

Run it as `./dev generate`; with `--check` it only compares.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from proxbox_plan import api
from proxbox_plan.api.init_files.new_files import Answers, texts
from proxbox_plan.cli.schema import SCHEMAS
from proxbox_plan.model.base import canonical_json
from scripts import readme
from scripts.pages import (
    absences,
    checks,
    cli,
    configuration,
    documents,
    learned_rules,
    lint,
    mapping,
    mapping_tests,
    performance,
    review,
    safety,
    tutorial,
    versions,
)
from scripts.pages import api as api_page

ROOT = Path(__file__).parent.parent


def generated() -> Mapping[Path, Callable[[], str]]:
    """Return every generated file with the way to its text."""
    return {
        **dict(_schemas()),
        **dict(_examples()),
        api_page.PAGE: api_page.page,
        ROOT / "docs" / "checks.md": checks.page,
        ROOT / "docs" / "cli.md": cli.page,
        ROOT / "docs" / "configuration.md": configuration.page,
        ROOT / "docs" / "documents.md": documents.page,
        ROOT / "docs" / "mapping.md": mapping.page,
        ROOT / "docs" / "mapping-tests.md": mapping_tests.page,
        ROOT / "docs" / "performance.md": performance.page,
        absences.PAGE: absences.page,
        learned_rules.PAGE: learned_rules.page,
        lint.PAGE: lint.page,
        review.PAGE: review.page,
        safety.PAGE: safety.page,
        readme.README: readme.page,
        tutorial.PAGE: tutorial.page,
        versions.PAGE: versions.page,
    }


def _schemas() -> Iterator[tuple[Path, Callable[[], str]]]:
    for kind in SCHEMAS:
        name = "proxbox" if kind == "config" else kind
        yield ROOT / "schemas" / f"{name}.schema.json", partial(_schema, kind)


def _examples() -> Iterator[tuple[Path, Callable[[], str]]]:
    """Yield the repositories that `proxbox init` makes by default."""
    for ci in ("github", "gitlab"):
        for place, text in texts(Answers(ci=ci)).items():
            yield ROOT / "examples" / ci / place, partial(str, text)


def _schema(kind: str) -> str:
    return canonical_json(api.schema(kind))


def main() -> int:
    """Write the files, or with `--check` name those that are not current."""
    found = {path: text() for path, text in generated().items()}
    stale = [path for path, text in found.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        if "--check" in sys.argv[1:]:
            print(f"{path.relative_to(ROOT)} is not current: run `./dev generate`", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(found[path], encoding="utf-8")
            print(f"Wrote {path.relative_to(ROOT)}.")
    return 1 if stale and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
