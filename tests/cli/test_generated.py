"""What is generated is current: `./dev generate` writes it."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from proxbox_plan.documents import DOCUMENTS, document_schema
from scripts.generate import ROOT, generated
from tests.test_documents import EVERY_KIND

GENERATED = generated()


PLAYED = ("README.md", "tutorial.md", "rules.md")  # with a demo, a rehearsal or servers of their own
PATHS = [pytest.param(path, marks=pytest.mark.slow) if path.name in PLAYED else path for path in GENERATED]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_generated_files_are_current(path: Path) -> None:
    """If this fails, run `./dev generate` and look at the difference."""
    assert path.read_text(encoding="utf-8") == GENERATED[path](), f"{path.relative_to(ROOT)} is not current"


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_schemas_accept_our_documents(kind: str) -> None:
    """The schema and the models say the same."""
    document = next(document for document in EVERY_KIND if document.kind == kind)
    jsonschema.Draft202012Validator(document_schema(kind)).validate(document.model_dump(mode="json"))
