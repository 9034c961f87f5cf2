from __future__ import annotations

import inspect
from pathlib import Path

import netbox_sdk
import netbox_sdk.client
import pytest
from pydantic import SecretStr

import proxbox_plan
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import ConfigError
from proxbox_plan.model.connection import NetBoxConnection

HOOKS = (
    "_cache_policy",
    "_safe_invalidate_related_cache",
    "_get_session",
    "_should_retry_with_v1",
    "request_bounded",
)


def test_the_version_is_the_one_the_client_was_written_for() -> None:
    """The client overrides private names; a new release needs a look at them before the pin moves."""
    assert netbox_sdk.__version__ == "0.0.13"


@pytest.mark.parametrize("name", HOOKS)
def test_the_methods_the_client_overrides_exist(name: str) -> None:
    """An override of a name that is gone would do nothing, silently."""
    assert callable(getattr(netbox_sdk.client.NetBoxApiClient, name))


def test_another_version_of_the_sdk_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever forces another one gets the remedy instead of overrides that may do nothing."""
    monkeypatch.setattr(netbox_sdk, "__version__", "0.0.14")
    connection = NetBoxConnection(url="http://127.0.0.1:1", token=SecretStr("0123456789"), timeout=1)
    with pytest.raises(ConfigError, match=r"netbox-sdk 0\.0\.14 is installed.* 0\.0\.13 only") as raised:
        NetBox(connection, read_only=True)
    assert raised.value.hint == "pip install netbox-sdk==0.0.13"


def test_private_names_of_the_sdk_are_used_in_one_file() -> None:
    """A new release of it means reading one file again."""
    package = Path(proxbox_plan.__file__).parent
    using = [path for path in package.rglob("*.py") if "netbox_sdk" in path.read_text("utf-8")]
    assert [path.relative_to(package).as_posix() for path in using] == ["clients/netbox/_sdk_patch.py"]


def test_the_cache_can_be_replaced() -> None:
    """The constructor takes the cache from two names of its module."""
    assert {"HttpCacheStore", "cache_dir"} <= set(vars(netbox_sdk.client))


def test_request_bounded_neither_caches_nor_redirects() -> None:
    """A cached answer is an old one, and a redirected POST becomes a GET."""
    source = inspect.getsource(netbox_sdk.client.NetBoxApiClient.request_bounded)
    assert "use_cache=False" in source
    assert "allow_redirects=False" in source
