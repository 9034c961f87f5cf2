"""Imports only netbox-sdk's HTTP client; importing its whole package would slow down every command."""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any


class _RestLater(ModuleType):
    """A stand-in for the package: its modules can be imported; the package itself runs on any other access."""

    def __getattr__(self, name: str) -> Any:
        self.__class__ = ModuleType  # type: ignore[assignment]  # a module's class may be changed
        self.__spec__.loader.exec_module(self)  # type: ignore[union-attr]  # it was found in a file
        return getattr(self, name)


if "netbox_sdk" not in sys.modules and (_spec := find_spec("netbox_sdk")):
    sys.modules["netbox_sdk"] = module_from_spec(_spec)
    sys.modules["netbox_sdk"].__class__ = _RestLater

import netbox_sdk.client as client  # noqa: E402, PLR0402 # after the package's stand-in; `from netbox_sdk` would run it
from netbox_sdk.client import NetBoxApiClient  # noqa: E402 # as above
from netbox_sdk.config import Config  # noqa: E402 # as above
from netbox_sdk.exceptions import ResponseSizeLimitError  # noqa: E402 # as above

__all__ = ["Config", "NetBoxApiClient", "ResponseSizeLimitError", "client"]
