"""Recorded responses of a real cluster, served instead of a description."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from proxbox_plan.core import files
from proxbox_plan.demo.cluster.answers import Answer, refused


def request_key(path: str, query: dict[str, str]) -> str:
    """Return the canonical form of a path and its query."""
    return f"{path}?{urlencode(sorted(query.items()))}" if query else path


class Recording:
    """Responses by path and query; a request that was not recorded gets a 501, so that it is noticed."""

    def __init__(self, description: str, answers: dict[str, Answer]) -> None:
        """Take the recorded answers by path and query."""
        self.description = description
        self.answers = answers

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a recording file, plain or gzipped."""
        raw = files.read_bytes(path)
        return cls.parse(json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw))

    @classmethod
    def parse(cls, document: dict[str, Any]) -> Self:
        """Read the decoded content of a recording file."""
        answers = {}
        for item in document["responses"]:
            parts = urlsplit(item["path"])
            key = request_key(parts.path, dict(parse_qsl(parts.query)))
            answers[key] = Answer(item["status"], item["reason"], item["body"])
        return cls(document["description"], answers)

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        """Answer one GET; `path` is relative to `/api2/json`."""
        key = request_key(path, query)
        return self.answers.get(key) or refused(501, f"Method 'GET {path}' not implemented")

    def data(self, path: str) -> Any:
        """Return the data of a recorded answer."""
        return self.answers[path].body["data"]
