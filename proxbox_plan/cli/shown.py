"""A document on stdout, in the format that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxbox_plan.cli.options import Format
from proxbox_plan.cli.output import Output

if TYPE_CHECKING:
    from proxbox_plan.model.base import Document


def show_document(output: Output, document: Document, format_: Format, *, verbose: bool) -> None:
    """Write the document to stdout as text, Markdown or JSON."""
    from proxbox_plan.report import markdown, text

    match format_:
        case Format.JSON:
            output.result(document.to_json())
        case Format.MARKDOWN:
            output.result(markdown.render(document))
        case Format.TEXT:
            output.result(text.render(document, colour=output.colour, verbose=verbose))
