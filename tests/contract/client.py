"""The smallest client that can hold a conversation with a NetBox, and builders for the objects the tests need."""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

_numbers = itertools.count()


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True)
class NetBox:
    """One NetBox, fake or real."""

    url: str
    token: str
    is_fake: bool = False
    run: str = field(default_factory=lambda: secrets.token_hex(3))
    _shared: dict[str, int] = field(default_factory=dict)  # by path: what many objects need, and no test changes

    def request(
        self, method: str, path: str, body: Any = None, *, authorization: str | None = None, **headers: str
    ) -> Reply:
        """Send one request below /api/ (or ..); the token goes with it unless another (or an empty) header is given."""
        keyword = "Bearer" if self.token.startswith("nbt_") else "Token"
        sent = {
            "Content-Type": "application/json",
            "Authorization": f"{keyword} {self.token}" if authorization is None else authorization,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310
            urllib.parse.urljoin(f"{self.url}/api/", path),
            data=data,
            method=method,
            headers={k: v for k, v in sent.items() if v},
        )
        try:
            answer = urllib.request.urlopen(request, timeout=60)  # noqa: S310
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            text = answer.read().decode()
            status = answer.status
        is_json = "json" in (answer.headers.get("Content-Type") or "")
        return Reply(status, json.loads(text) if text and is_json else text, dict(answer.headers.items()))

    def upload(self, path: str, name: str, picture: bytes, /, **values: Any) -> dict[str, Any]:
        """Create an object with a picture, which travels as a part of a form."""
        form = aiohttp.FormData({key: str(value) for key, value in values.items()})
        form.add_field(name, picture, filename="picture.png", content_type="image/png")

        async def send() -> dict[str, Any]:
            headers = {"Authorization": f"Bearer {self.token}"}
            async with (
                aiohttp.ClientSession() as session,
                session.post(f"{self.url}/api/{path}/", data=form, headers=headers) as answer,
            ):
                assert answer.status == 201, await answer.text()
                created: dict[str, Any] = await answer.json()
                return created

        return asyncio.run(send())

    def graphql(self, text: str) -> Any:
        """Ask a question in GraphQL; it must be answered, with errors or without."""
        query = urllib.parse.urlencode({"query": text})
        reply = self.request("GET", f"../graphql/?{query}")
        assert reply.status == 200, reply
        return reply.body

    def get(self, path: str) -> Any:
        """Read something that must be there."""
        reply = self.request("GET", path)
        assert reply.status == 200, reply
        return reply.body

    def create(self, path: str, /, **values: Any) -> dict[str, Any]:
        """Create one object, which must work."""
        reply = self.request("POST", f"{path}/", values)
        assert reply.status == 201, reply
        created: dict[str, Any] = reply.body
        return created

    def patch(self, path: str, number: int, **values: Any) -> dict[str, Any]:
        """Change one object, which must work."""
        reply = self.request("PATCH", f"{path}/{number}/", values)
        assert reply.status == 200, reply
        changed: dict[str, Any] = reply.body
        return changed

    def delete(self, path: str, number: int) -> None:
        """Delete one object, which must work."""
        reply = self.request("DELETE", f"{path}/{number}/")
        assert reply.status == 204, reply

    def refused(self, method: str, path: str, body: Any) -> Any:
        """Send something that must be answered with 400; give back the errors."""
        reply = self.request(method, path, body)
        assert reply.status == 400, reply
        return reply.body

    def exists(self, path: str, number: int) -> bool:
        """Tell whether an object is still there."""
        return self.request("GET", f"{path}/{number}/").status == 200

    def name(self, prefix: str = "x") -> str:
        """Invent a name that no other test and no other run uses; it is a slug, too."""
        return f"{prefix}-{self.run}-{next(_numbers)}"

    def named(self, path: str, **values: Any) -> dict[str, Any]:
        """Create an object that needs a name and a slug."""
        name = self.name()
        return self.create(path, **{"name": name, "slug": name, **values})

    def site(self, **values: Any) -> dict[str, Any]:
        """Create a site."""
        return self.named("dcim/sites", **values)

    def tag(self, **values: Any) -> dict[str, Any]:
        """Create a tag."""
        return self.named("extras/tags", **values)

    def custom_field(self, *labels: str, **values: Any) -> str:
        """Create a custom field and give its name."""
        name = self.name("cf").replace("-", "_")
        objects = list(labels or ("virtualization.virtualmachine",))
        self.create("extras/custom-fields", **{"name": name, "type": "text", "object_types": objects, **values})
        return name

    def cluster(self, **values: Any) -> dict[str, Any]:
        """Create a cluster."""
        kind = values.pop("type", None) or self._needed("virtualization/cluster-types")
        return self.create("virtualization/clusters", **{"name": self.name("cluster"), "type": kind, **values})

    def device(self, **values: Any) -> dict[str, Any]:
        """Create a device with all it needs."""
        maker, model = self._needed("dcim/manufacturers"), self.name("model")
        needs = {
            "name": self.name("node"),
            "site": values.get("site") or self.site()["id"],
            "role": self._needed("dcim/device-roles"),
            "device_type": self.create("dcim/device-types", model=model, slug=model, manufacturer=maker)["id"],
        }
        return self.create("dcim/devices", **{**needs, **values})

    def _needed(self, path: str) -> int:
        """Return the id of an object that is made once."""
        if path not in self._shared:
            self._shared[path] = int(self.named(path)["id"])
        return self._shared[path]

    def machine(self, **values: Any) -> dict[str, Any]:
        """Create a virtual machine, in a cluster of its own unless told."""
        placed = {"cluster", "site", "device"} & set(values)
        where = {} if placed else {"cluster": self.cluster()["id"]}
        return self.create("virtualization/virtual-machines", **{"name": self.name("vm"), **where, **values})

    def interface(self, machine: int | None = None, **values: Any) -> dict[str, Any]:
        """Create an interface of a virtual machine."""
        owner = machine if machine is not None else self.machine()["id"]
        return self.create("virtualization/interfaces", **{"name": "net0", "virtual_machine": owner, **values})

    def vrf(self, **values: Any) -> int:
        """Create an address space for one test alone."""
        return int(self.create("ipam/vrfs", **{"name": self.name("vrf"), **values})["id"])

    def address(self, text: str = "192.0.2.10/24", interface: int | None = None, **values: Any) -> dict[str, Any]:
        """Create an address, in an address space of its own unless told, assigned to a machine's interface if given."""
        assigned = {}
        if interface is not None:
            assigned = {"assigned_object_type": "virtualization.vminterface", "assigned_object_id": interface}
        space = {} if "vrf" in values else {"vrf": self.vrf()}
        return self.create("ipam/ip-addresses", **{"address": text, **assigned, **space, **values})


VMS = "virtualization/virtual-machines"
INTERFACES = "virtualization/interfaces"
DISKS = "virtualization/virtual-disks"
ADDRESSES = "ipam/ip-addresses"
SITES = "dcim/sites"


def etag_of(row: dict[str, Any]) -> str:
    """Build an object's ETag from a row of a list, as the applier does."""
    return f'W/"{row["last_updated"].replace("Z", "+00:00")}"'
