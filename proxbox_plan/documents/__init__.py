"""Document files: validated on read, written atomically."""

from proxbox_plan.documents.reading import has_content_of, read_any, read_document
from proxbox_plan.documents.registry import DOCUMENTS, document_schema
from proxbox_plan.documents.writing import write_document, write_text

__all__ = [
    "DOCUMENTS",
    "document_schema",
    "has_content_of",
    "read_any",
    "read_document",
    "write_document",
    "write_text",
]
