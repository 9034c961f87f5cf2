"""Answers that never come, found out at once and on a busy machine, too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from proxbox_plan.demo.cluster.server import ROOT

FOR_EVER = 3600.0  # seconds that a server hangs; the test ends long before
A_MOMENT = 0.05
PATIENCE = 30.0


@contextmanager
def impatient(pattern: str) -> Iterator[None]:
    """Wait a moment only for the answers of some paths, which hang for ever, and long for all others."""
    send = HTTPAdapter.send

    def sent(self: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        path = urlsplit(request.url or "").path.removeprefix(ROOT)
        if fnmatchcase(path, pattern):
            more["timeout"] = (PATIENCE, A_MOMENT)
        return send(self, request, *args, **more)

    with patch.object(HTTPAdapter, "send", sent):
        yield
