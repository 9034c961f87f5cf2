"""The part of `docs/configuration.md` on rules, templates, several files and variables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from proxbox_plan.config.merged import ADD_UP
from proxbox_plan.model.base import Frozen
from proxbox_plan.model.policy.facts import AddressFacts, ClusterFacts, GuestFacts, NodeFacts
from proxbox_plan.rules.templates import FILTERS
from scripts.pages.tables import codes, table

RULES = """\
## Rules

`rules` are for guests, `node_rules` for nodes, `address_rules` for the [addresses](#rules-for-addresses) of both; each
may stand in a cluster, where they are tried first, and at the top for all clusters. `cluster_rules` give a cluster
other values than its own keys of that name, and with it everything in the cluster.

* Text in a condition is a glob (`web*`, any case), or a regular expression between slashes (`/^db[0-9]+$/`). All keys
  of a condition must hold; of a list, one. `any` wants one of its conditions to hold, `unless` wants its own not to.
* Regular expressions have the [syntax of RE2](https://github.com/google/re2/wiki/Syntax), which matches any name in
  linear time. It has no lookahead (`(?!`), lookbehind and backreferences: add a condition, or `unless`. An expression
  may match anywhere, so anchor it: `^` is the start, `$` or `\\z` the end. It is case-sensitive unless it begins with
  `(?i)`. `\\d`, `\\w`, `\\s` and `\\b` know ASCII only; `\\pL` is any letter, `\\pN` any number.
* The first rule that gives a value wins, value by value; custom fields likewise, each by itself. What no rule gives
  comes from `guests` and `nodes` of the cluster, then from the cluster's other keys, then from Proxmox. Only tags add
  up: an object gets those of every rule that is met.
* What a rule asks for and Proxmox did not answer (the configuration of a guest on a node that is down) decides nothing:
  the values it could give stay as they are in NetBox.
* `agent_os`, `agent_version` and `agent_hostname` are what the guest agent of a virtual machine says. They are read
  while `scope.guest_os` and `scope.guest_hostname` are on, at one call each for every running machine whose agent is
  enabled; before that a rule that reads them is an error. A new machine does not wait for its agent: it is created
  without the values that depend on it, and gets them once it answers.
* A value that rules give is [owned](mapping.md) like any other of its field: role, tenant, custom fields and the like
  belong to people once they touched them, unless `owners` says otherwise (`virtual-machine: {cf_owner: proxmox}`). When
  no rule gives a value any more, what is in NetBox stays.
* Roles, platforms, device types, virtual machine types, VLAN groups and tags are made when they are missing; sites are
  with `mapping.create_sites`. Tenants, VRFs, locations, cluster groups and custom fields must exist.

`proxbox validate --explain GUEST` shows which rule gives a guest in `state.json` which value, and why the others don't;
it takes an address, too. [Mapping tests](mapping-tests.md) keep it so.
"""

ADDRESSES = """\
## Rules for addresses

```yaml
{example}```

* They come before what `rules` and `node_rules` say of the VRF and the DNS name; what none of them gives comes from the
  cluster's `vrf`. With `mapping.node_prefixes` the network of a node's address is in the address's VRF.
* A rule that puts an address into another VRF edits the object that NetBox has: nothing is deleted or created.
* `role: vip`, `vrrp`, `hsrp`, `glbp` or `carp` says that it is one address that moves between guests (keepalived,
  CARP). It is one object in NetBox, which moves with it and keeps what people wrote on it. It stays where it is while
  both guests of a cluster show it, while its guest does not say what it has, and while no guest shows it; plans list it
  under what NetBox has another way. It leaves a guest that is stopped. One that is no more is pruned once a person
  takes its role off in NetBox, or with its guest.
* `role: anycast` says that each guest has it: it is one object for each of them.
* NetBox takes an address twice in one VRF only if each of the two has one of these six roles. Without one, it is the
  problem [`address-conflict`](problems.md#address-conflict).
* A role that people gave an address in NetBox counts as well. A guest or node gets a shared address as its primary
  one only if it has no other.
* What an agent does not say, the length of a prefix, decides nothing, nor does a VLAN whose vnet or bridge cannot be
  read: values that depend on it stay as they are.
"""
# A test reads it as a configuration.
EXAMPLE: Final = """\
address_rules:
  - when: {network: 10.20.0.0/24, unless: {guest: "?*"}}
    set: {vrf: "storage {{ cluster.name }}"}
  - when: {network: [192.0.2.10, 192.0.2.11]}
    set: {role: vrrp, dns_name: www.example.com}
  - when: {vlan: 40-49}
    set: {tenant: Customers, tags: [customer], description: "{{ address.guest }} on {{ address.node }}"}
"""

TEMPLATES = """\
## Templates

A value of `set` with `{{{{` or `{{%` in it is a [Jinja2](https://jinja.palletsprojects.com/templates/) template:
`{{{{ match.env }}}}-{{{{ guest.hostname|lower }}}}`. It reads `cluster`, `guest` (`node` or `address`
in rules for these) and `match`: the named groups of the rule's regular expressions, `/^(?P<env>[a-z]+)-/`. A template
may choose (`if`) and loop once (`for`). It cannot assign, call or include. Its filters:
{filters}.

An empty result gives no value: the next rule is tried. A template that fails for one guest is the problem
[`rule-failed`](problems.md#rule-failed) of that guest; one that does not compile is an error before anything is
planned.
"""

FILES = """\
## Several files

`include` names files to read too, relative to the file that names them; `clusters/*.yaml` is one file for each cluster.
A pattern that matches nothing is an error. Paths inside start at the main file, wherever they are written. The files
hold the same keys as the main one (`proxbox schema include` prints their JSON Schema). Every key may stand in one file
only, but for these, which add up in the order of the files:
{lists}.

To have an editor check and complete the keys, write the schema beside the files and name it in their first line:

```sh
proxbox schema config > .proxbox.schema.json
sed -i '1i # yaml-language-server: $schema=.proxbox.schema.json' proxbox.yaml
```

## Variables in texts

`${{NAME}}` in a text is the environment variable NAME, `${{NAME:-default}}` has a text for when it is unset or empty.
An unset one without a default is an error. `$${{` stands for the characters `${{`; a dollar anywhere else is a dollar.
In lists and mappings in one line, put quotes around it: `["${{NAME}}"]`. Secrets are never filled in: a token or
password is only named (`{{env: NAME}}`), and a variable that is named so cannot be used in a text.
"""


def sections() -> Iterator[str]:
    """Yield the sections."""
    yield RULES
    yield ADDRESSES.format(example=EXAMPLE)
    yield TEMPLATES.format(filters=codes(FILTERS, last="and"))
    for facts in (GuestFacts, NodeFacts, AddressFacts, ClusterFacts):
        yield from _facts(facts)
    yield FILES.format(lists=codes(ADD_UP, last="and"))


def _facts(model: type[Frozen]) -> Iterator[str]:
    """Yield the table of what templates may read of one thing."""
    yield f"{(model.__doc__ or '').replace(':', ' is', 1)}\n"
    rows = (
        (f"`{name}`", _TYPES[str(field.annotation)], field.description or "")
        for name, field in model.model_fields.items()
    )
    yield from table(("Key", "Value", "Meaning"), rows)


_TYPES: Final = {
    "<class 'str'>": "text",
    "<class 'int'>": "whole number",
    "<class 'bool'>": "`true` or `false`",
    "tuple[str, ...]": "list of text",
    "tuple[int, ...]": "list of whole numbers",
    "float | None": "number or nothing",
    "int | None": "whole number or nothing",
}
