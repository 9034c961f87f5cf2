"""`docs/mapping-tests.md`: what a file of mapping tests holds, from its JSON Schema."""

from __future__ import annotations

from typing import Final

from proxbox_plan.config.mapping_tests import FOLDER, mapping_tests_schema
from scripts.pages.configuration import Walk

# A test runs these two against each other.
CONFIG: Final = """\
clusters:
  - name: lab
    host: pve.example.com
    token: {id: "netbox@pve!sync", secret: {env: PVE_TOKEN}}
    site: DC1

rules:
  - when: {name: "/^(?P<env>prod|dev)-db/"}
    set:
      role: Database
      tags: ["{{ match.env }}"]
      dns_name: "{{ guest.hostname }}.{{ cluster.name }}.example.com"
  - when: {pool: sales, unless: {tag: internal}}
    set: {tenant: Customers}

node_rules:
  - when: {cpu: "*EPYC*"}
    set: {device_type: EPYC server}
"""
TESTS: Final = """\
tests:
  - name: databases are filed by their name
    guest:
      name: prod-db1
      pool: sales
      tags: [backup]
      nics: [{tag: 20, addresses: [10.0.20.5/24]}]
    expect:
      virtual-machine: {role: Database, tenant: Customers, tags: [proxbox, backup, prod]}
      vm-interface: {untagged_vlan: VLAN 20}
      ip-address: {address: 10.0.20.5/24, dns_name: prod-db1.lab.example.com}
    absent: [virtual-disk]

  - name: an internal guest of sales is no customer's
    guest: {name: wiki, pool: sales, tags: [internal]}
    expect:
      virtual-machine: {role: Virtual Machine (QEMU), tenant: null}

  - name: the big nodes
    node: {name: pve7, cpu: AMD EPYC 9354P}
    expect:
      device: {device_type: EPYC server}
"""

HEAD = """\
# Mapping tests

Generated from the models in `proxbox_plan/model/` by `./dev generate`; don't edit it.

A guest or a node in, the objects in NetBox out: `proxbox validate` runs the tests in `{folder}` beside the
configuration, or those of `--tests GLOB`. It goes through the same mapping as a plan, asks neither Proxmox nor NetBox,
ends with 1 when a test fails, and writes JUnit XML with `--junit FILE`. `proxbox schema tests` prints the JSON Schema.

With this configuration

```yaml
{config}```

these tests pass:

```yaml
{tests}```

The kinds and fields are those of [mapping.md](mapping.md). NetBox is taken to be of the newest version and without
plugins, and to have every object that the configuration names.
"""


def page() -> str:
    """Return the page."""
    schema = mapping_tests_schema()
    head = HEAD.format(folder=FOLDER, config=CONFIG, tests=TESTS)
    return "\n".join([head, *Walk(schema["$defs"]).sections(schema)])
