"""`proxbox.yaml` to settings: what is good is understood, what is wrong is said in full."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from proxbox_plan.config import Settings, config_schema, load
from proxbox_plan.config.file import LimitsSection, MappingSection
from proxbox_plan.config.merged import MergedConfig
from proxbox_plan.config.semantic_checks import KnownKind
from proxbox_plan.config.settings import _checked
from proxbox_plan.config.source import parse
from proxbox_plan.core.errors import ConfigError
from proxbox_plan.model.kind import OnMissing, Owner
from proxbox_plan.model.policy import Limits, Policy
from proxbox_plan.model.policy.removal import removal_of

KINDS = {
    "virtual-machine": KnownKind(["name", "status", "memory"], can_be_decommissioned=True),
    "device": KnownKind(["name"], can_be_decommissioned=True),
    "ip-address": KnownKind(["address"], can_be_decommissioned=False),
}
V1 = "0123456789abcdef0123456789abcdef01234567"
FULL = """\
netbox:
  url: https://netbox.example.com/
  token: {env: NETBOX_TOKEN}
  timeout: 60
clusters:
  - name: lab
    host: pve.example.com
    token: {id: "netbox@pve!sync", secret: {file: pve.secret}}
    site: DC1
    tenant: Ops
    rules:
      - when: {name: "/^db[0-9]+$/", type: qemu}
        set: {role: Database}
    scope: {exclude: [{tag: no-netbox}], templates: include}
  - name: edge
    host: "[2001:db8::1]"
    port: 443
    user: root@pam
    password: {command: [echo, geheim]}
    site: DC2
mapping: {create_sites: true, prefer: [10.0.0.0/8], max_trunk_vlans: 8}
owners: {virtual-machine: {name: netbox}}
on_missing: {virtual-machine: delete}
limits: {percent: 50}
forget: ["device:lab/node/pve9"]
"""

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a configuration file."""

    def written(text: str) -> Path:
        path = tmp_path / "proxbox.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def _whole(text: str) -> MergedConfig:
    whole = MergedConfig("proxbox.yaml", sources=[parse(text, "proxbox.yaml")])
    whole.merge()
    return whole


def _load(path: Path, **environ: str) -> Settings:
    return load(path, environ, lambda: KINDS)


def _errors(path: Path, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        _load(path, **environ)
    return caught.value.message.replace(f"{path}:", "").splitlines()


def _minimal(more: str = "", cluster: str = "", netbox: str = "") -> str:
    head = f"netbox: {{url: https://n.example.com, token: {{env: T}}{netbox}}}\n"
    return f"{head}clusters:\n  - {{name: lab, host: pve, site: A, user: a@pam, password: {{env: P}}{cluster}}}\n{more}"


def test_the_policy_is_what_the_file_says(write: Write) -> None:
    """Everything the planner needs, and no way in anywhere: a cluster's host is known, its token is not."""
    policy = _load(write(FULL)).policy
    lab = policy.cluster("lab")
    assert lab is not None
    assert (lab.site, lab.tenant, lab.rules[0].set.role, lab.scope.templates) == ("DC1", "Ops", "Database", "include")
    assert (policy.create_sites, policy.prefer, policy.max_trunk_vlans) == (True, ("10.0.0.0/8",), 8)
    assert policy.owners == {"virtual-machine": {"name": Owner.NETBOX}}
    assert policy.on_missing == {"virtual-machine": removal_of(OnMissing.DELETE)}
    assert (policy.limits.percent, policy.limits.minimum) == (50, 10)
    assert (lab.host, lab.port) == ("pve.example.com", 8006)
    assert not {"token", "user", "password", "ca_file"} & policy.clusters[0].model_dump().keys()


def test_connections_are_made_when_they_are_asked_for(write: Write) -> None:
    """Loading needs no secret; a connection fetches its own."""
    path = write(FULL)
    settings = _load(path, NETBOX_TOKEN=f" {V1}\n")
    (path.parent / "pve.secret").write_text("s3cret\n")
    netbox, lab, edge = settings.netbox(), settings.proxmox("lab"), settings.proxmox("edge")
    assert (netbox.url, netbox.timeout) == ("https://netbox.example.com", 60)
    assert netbox.token.get_secret_value() == V1
    assert (lab.user, lab.token_name, lab.port, lab.password) == ("netbox@pve", "sync", 8006, None)
    assert lab.token_secret is not None
    assert lab.token_secret.get_secret_value() == "s3cret"
    assert (edge.host, edge.port, edge.user, edge.token_name) == ("2001:db8::1", 443, "root@pam", None)
    assert edge.password is not None
    assert edge.password.get_secret_value() == "geheim"


def test_no_secret_is_ever_shown(write: Write) -> None:
    """Neither settings nor connections print one."""
    settings = _load(write(FULL), NETBOX_TOKEN=V1)
    assert V1 not in repr(settings.netbox())
    assert "geheim" not in repr(settings.proxmox("edge"))
    assert V1 not in repr(settings)


def test_the_digest_covers_what_influences_a_plan(write: Write) -> None:
    """Another token is the same policy; another site is not, nor another host, which the plugin's endpoint names."""
    digest = _load(write(FULL)).digest
    assert _load(write(FULL.replace("NETBOX_TOKEN", "OTHER"))).digest == digest
    for old, new in (("DC1", "DC3"), ("pve.example.com", "other")):
        assert _load(write(FULL.replace(old, new))).digest != digest


def test_no_plan_depends_on_lint(write: Write) -> None:
    """A plan that is reviewed stays what it is when a rule of lint is switched off."""
    other = _load(write(FULL + "\nlint: {fail_on: error, rules: {duplicate-mac: {enabled: false}}}\n"))
    assert other.digest == _load(write(FULL)).digest
    assert other.lint.rules.duplicate_mac.enabled is False


@pytest.mark.parametrize(
    ("text", "first", "period"),
    [
        ("decommission", OnMissing.DECOMMISSION, None),
        ("{decommission: now}", OnMissing.DECOMMISSION, None),
        ("{decommission: now, delete: 30d}", OnMissing.DECOMMISSION, 30 * 24 * 3600),
        ("{delete: 12h}", OnMissing.DECOMMISSION, 12 * 3600),
        ("{delete: 2w}", OnMissing.DECOMMISSION, 14 * 24 * 3600),
        ("delete", OnMissing.DELETE, None),
        ("{delete: now}", OnMissing.DELETE, None),
        ("keep", OnMissing.KEEP, None),
    ],
)
def test_what_happens_to_what_is_missing(tmp_path: Path, text: str, first: OnMissing, period: int | None) -> None:
    """At once, and how many seconds later; what is deleted later is decommissioned until then."""
    path = tmp_path / "proxbox.yaml"
    path.write_text(_minimal(f"on_missing: {{device: {text}}}\n"))
    removal = load(path, {}, lambda: KINDS).policy.on_missing["device"]
    assert (removal.first, removal.period.seconds if removal.period else None) == (first, period)
    assert type(removal).model_validate_json(removal.model_dump_json()) == removal


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (_minimal(cluster=", sitte: B"), "3:70: unknown key 'sitte' in clusters[0]; did you mean 'site'?"),
        (
            _minimal("color: blue\n"),
            "4:1: unknown key 'color'; what is known here: address_rules, apply, checks",
        ),
        (
            _minimal("mapping: {owners: {}}\n"),
            "4:11: unknown key 'owners' in mapping; 'owners' begins",
        ),
        (_minimal("owners: {vms: {}}\n"), "4:10: unknown kind 'vms'; did you mean 'virtual-machine'?"),
        (_minimal("limits: {percent: lots}\n"), "4:19: limits.percent must be a whole number"),
        (_minimal("limits: {percent: 130}\n"), "4:19: limits.percent must be less than or equal to 100"),
        (_minimal("mapping: {create_sites: 12}\n"), "4:25: mapping.create_sites must be true or false"),
        (_minimal("mapping: {prefer: [10.0.0.1/8]}\n"), "4:20: '10.0.0.1/8' is not a network such as 10.0.0.0/8"),
        (_minimal("mapping: [a]\n"), "4:10: mapping must be a mapping (key: value)"),
        (_minimal("owners: {virtual-machin: {name: netbox}}\n"), "did you mean 'virtual-machine'?"),
        (_minimal("owners: {device: {nam: netbox}}\n"), "4:19: 'device' has no field 'nam'; did you mean 'name'?"),
        (_minimal("owners: {device: {name: me}}\n"), "must be 'proxmox', 'netbox' or 'create-only'"),
        (_minimal("on_missing: {dvice: keep}\n"), "4:14: unknown kind 'dvice'; did you mean 'device'?"),
        (
            _minimal("on_missing: {ip-address: decommission}\n"),
            "4:14: NetBox has no status for a decommissioned 'ip-address': use delete or keep",
        ),
        (
            _minimal("on_missing: {device: retire}\n"),
            "4:22: on_missing.device must be decommission, delete, keep, or stages: {decommission: now, delete: 30d}",
        ),
        (_minimal("on_missing: {device: 5}\n"), "4:22: on_missing.device must be decommission, delete, keep, or"),
        (_minimal("on_missing: {device: {}}\n"), "4:22: on_missing.device must not be empty: write keep when"),
        *(
            (
                _minimal(f"on_missing: {{device: {{delete: {wrong}}}}}\n"),
                "4:31: on_missing.device.delete must be a whole number of hours, days or weeks above zero, such as 12h",
            )
            for wrong in ("0d", "30", "30 days", "-1d", "1.5d", "99999d", "30m", "[30d]")
        ),
        (_minimal("on_missing: {device: {decommission: 5d}}\n"), "4:37: on_missing.device.decommission must be 'now'"),
        (
            _minimal("on_missing: {device: {decommission: now, delete: now}}\n"),
            "4:22: on_missing.device must not say `delete: now` with `decommission`: write `delete` alone",
        ),
        (
            _minimal("on_missing: {device: {decommission: null, delete: 3d}}\n"),
            "4:22: on_missing.device must say `decommission: now` with a `delete` that comes later",
        ),
        (
            _minimal("on_missing: {device: {deleet: 3d}}\n"),
            "4:23: unknown key 'deleet' in on_missing.device; did you mean 'delete'?",
        ),
        (
            _minimal("on_missing: {ip-address: {delete: 3d}}\n"),
            "4:14: NetBox has no status for a decommissioned 'ip-address': use delete or keep",
        ),
        (
            _minimal(
                "review:\n  - {when: {tag: a}, class: hold}\n  - {class: auto}\n  - {when: {tag: b}, class: hold}\n"
            ),
            "7:5: no change reaches this rule: review[1] matches everything",
        ),
        (_minimal("lint: {fail_on: warnign}\n"), "4:17: lint.fail_on must be 'error', 'warning' or 'note'"),
        (
            _minimal("lint: {rules: {guest-without-bakup: {enabled: false}}}\n"),
            "4:16: unknown key 'guest-without-bakup' in lint.rules; did you mean 'guest-without-backup'?",
        ),
        (
            _minimal("lint: {rules: {old-snapshot: {day: 3}}}\n"),
            "4:31: unknown key 'day' in lint.rules.old-snapshot; did you mean 'days'?",
        ),
        (_minimal("lint: {rules: {old-snapshot: {days: 0}}}\n"), "4:37: lint.rules.old-snapshot.days must be"),
        (
            _minimal("lint: {exceptions: [{rules: [guest-agent-of], when: {name: a}}]}\n"),
            "4:30: unknown rule 'guest-agent-of'; did you mean 'guest-agent-off'?",
        ),
        (
            _minimal("lint: {exceptions: [{rules: [old-snapshot]}]}\n"),
            "lint.exceptions[0] must have exactly one of the keys when and address",
        ),
        (
            _minimal("lint: {exceptions: [{when: {tga: a}}]}\n"),
            "unknown key 'tga' in lint.exceptions[0].when; did you mean 'tag'?",
        ),
        (_minimal("lint: {exceptions: [{when: {name: '/(/'}}]}\n"), "'/(/' is not a regular expression"),
        (_minimal("lint: {exceptions: [{address: '/(/'}]}\n"), "'/(/' is not a regular expression"),
        (
            _minimal("lint: {exceptions: [{address: ['virtual-machine:lab/*', 'sdn-zoen:lab/*']}]}\n"),
            "no finding is about a 'sdn-zoen'; did you mean 'sdn-zone'?",
        ),
        (
            _minimal("lint: {exceptions: [{address: 'vm:lab/*'}]}\n"),
            "no finding is about a 'vm'; did you mean 'virtual-machine'?",
        ),
        (_minimal("forget: [lab/pve1]\n"), "4:10: 'lab/pve1' is not an address (KIND:KEY)"),
        (_minimal(cluster=', rules: [{when: {name: "/(/"}}]'), "'/(/' is not a regular expression"),
        (_minimal(cluster=', scope: {include: [{tag: ""}]}'), "'' must not be empty"),
        (_minimal(cluster=", scope: {exclude: [{tag: }]}"), "tag must not be empty; omit the key to match anything"),
        (_minimal("lint: {exceptions: [{when: {tag: }}]}\n"), "4:33: tag must not be empty"),
        (_minimal("review: [{when: {guest: }, class: auto}]\n"), "4:24: guest must not be empty"),
        (_minimal("review: [{when: {any: []}, class: auto}]\n"), "4:23: any must not be empty"),
        (_minimal("review: [{when: {unless: {tag: }}, class: auto}]\n"), "4:31: tag must not be empty"),
        (_minimal(cluster=", port: 0"), "clusters[0].port must be greater than or equal to 1"),
        (_minimal(cluster=", tenant: 12"), "clusters[0].tenant must be text; put quotes around it"),
        (_minimal(cluster=", token: {id: a, secret: {env: X}}"), "clusters[0].token.id must look like user@realm!name"),
        (_minimal(netbox=", verify_tls: [1]"), "netbox.verify_tls must be true or false"),
        ("clusters: []\n", "1:11: clusters must hold at least one cluster"),
        ("netbox: {url: x}\n", "1:1: missing key 'clusters'"),
        ("", "1:1: is empty or not a mapping"),
        ("- a\n", "1:1: is empty or not a mapping"),
    ],
)
def test_what_is_wrong_is_said_with_line_and_column(text: str, expected: str, write: Write) -> None:
    """And with what was probably meant."""
    assert any(expected in line for line in _errors(write(text)))


@pytest.mark.parametrize("name", ["a b", "a/b", "-a", ".a", "ä", "", "a\n", "x" * 65])
def test_cluster_names_are_fit_for_keys(name: str, write: Write) -> None:
    """They are the first part of every key, so they hold no slash and no white space."""
    text = _minimal().replace("name: lab", f"name: {json.dumps(name)}")
    assert any("clusters[0].name" in line for line in _errors(write(text)))


def test_two_clusters_can_not_share_a_name(write: Write) -> None:
    """Not even in another case: NetBox does not tell them apart."""
    text = "clusters:\n" + "".join(
        f"  - {{name: {name}, host: h, site: A, user: a@pam, password: {{env: P}}}}\n" for name in ("lab", "Lab")
    )
    assert _errors(write(text)) == ["3:12: another cluster is already named 'lab'"]


@pytest.mark.parametrize("url", ["netbox", "ftp://x", "https://", "https://u:p@x", "https://x?a", "https://x/api/"])
def test_addresses_of_netbox(url: str, write: Write) -> None:
    """Only the address of a web interface will do."""
    assert "netbox.url must" in _errors(write(_minimal().replace("https://n.example.com", f'"{url}"')))[0]


@pytest.mark.parametrize("host", ["https://pve", "pve:8006", "pve/x", "a b", "", "::zz"])
def test_hosts_are_bare(host: str, write: Write) -> None:
    """A scheme or a port has no place in them."""
    text = _minimal().replace("host: pve", f'host: "{host}"')
    assert "clusters[0].host must be a bare host name" in _errors(write(text))[0]


def test_a_written_out_secret_is_refused_and_not_repeated(write: Write) -> None:
    """The message says the three forms a reference has."""
    (error,) = _errors(write(_minimal().replace("token: {env: T}", "token: geheim123")))
    assert "{env: NAME}, {file: path} or {command: [program, argument]}" in error
    assert "geheim123" not in error


@pytest.mark.parametrize("reference", ["{}", "{env: A, file: b}", "{command: []}", "{env: nbt_abc.def}", "[a]"])
def test_references_that_refer_to_nothing(reference: str, write: Write) -> None:
    """One of the three forms, exactly; a secret in place of a variable's name is not repeated."""
    (error,) = _errors(write(_minimal().replace("token: {env: T}", f"token: {reference}")))
    assert "netbox.token" in error
    assert "nbt_abc" not in error


@pytest.mark.parametrize("login", ["", ", user: a@pam", ", password: {env: P}", ", user: a@pam, password: {env: P}, T"])
def test_one_way_into_a_cluster(login: str, write: Write) -> None:
    """A token, or user and password; never both, never half."""
    token = 'token: {id: "a@b!c", secret: {env: S}}'
    text = _minimal().replace(", user: a@pam, password: {env: P}", login.replace("T", token))
    assert any("must have either `token`, or both `user` and `password`" in line for line in _errors(write(text)))


def test_all_that_is_wrong_is_said_at_once(write: Write) -> None:
    """In the order of the file, so that one edit fixes it."""
    errors = _errors(write(_minimal("limits: {percent: x}\ncolor: blue\n", cluster=", sitte: B")))
    assert [error.split(":")[0] for error in errors] == ["3", "4", "5"]


def test_very_many_errors_are_cut(write: Write) -> None:
    """A file that is something else altogether does not fill the screen."""
    assert len(_errors(write("\n".join(f"key{number}: 1" for number in range(100))))) == 21


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    """`proxbox init` writes it."""
    with pytest.raises(ConfigError, match="the file does not exist") as caught:
        load(tmp_path / "proxbox.yaml", {})
    assert "proxbox init" in caught.value.hint


def test_files_that_are_no_text(tmp_path: Path) -> None:
    """A folder, and bytes that are no UTF-8."""
    with pytest.raises(ConfigError, match="is a directory"):
        load(tmp_path, {})
    (tmp_path / "x").write_bytes(b"a: \xff")
    with pytest.raises(ConfigError, match="byte 4 is not UTF-8"):
        load(tmp_path / "x", {})


def test_a_cluster_that_is_not_configured(write: Write) -> None:
    """Named, with what was probably meant."""
    with pytest.raises(ConfigError, match=r"has no cluster 'lba'; did you mean 'lab'\?"):
        _load(write(FULL)).proxmox("lba")


def test_collecting_needs_no_netbox(write: Write) -> None:
    """Only a command that goes there misses the section."""
    settings = _load(write(_minimal().partition("\n")[2]))
    assert settings.netbox_url is None
    with pytest.raises(ConfigError, match="has no section `netbox`"):
        settings.netbox()


def test_certificates_are_looked_for_beside_the_configuration(write: Write) -> None:
    """And their absence is said before a connection is tried."""
    path = write(_minimal(netbox=", ca_file: ca.pem"))
    with pytest.raises(ConfigError, match="does not exist"):
        _load(path, T=V1).netbox()
    (path.parent / "ca.pem").touch()
    assert _load(path, T=V1).netbox().ca_file == path.parent / "ca.pem"


@pytest.mark.parametrize("token", [V1, "nbt_aB3dE5.secret-part_1"])
def test_both_kinds_of_netbox_token(token: str, write: Write) -> None:
    """v1 and v2."""
    assert _load(write(_minimal()), T=token).netbox().token.get_secret_value() == token


@pytest.mark.parametrize("token", ["short", "Token " + V1, "Bearer nbt_a.b", "nbt_nodot"])
def test_what_is_no_netbox_token_is_not_sent(token: str, write: Write) -> None:
    """And not repeated."""
    with pytest.raises(ConfigError, match="neither a v1 token") as caught:
        _load(write(_minimal()), T=token).netbox()
    assert token not in caught.value.message + caught.value.hint


def test_the_environment_overrides_netbox_settings(write: Write) -> None:
    """By the names the field knows; an empty variable says nothing."""
    netbox = _load(
        write(_minimal()),
        T=V1,
        PROXBOX_NETBOX_TIMEOUT="7.5",
        PROXBOX_NETBOX_MAX_RETRIES="0",
        PROXBOX_NETBOX_RETRY_DELAY="",
        PROXBOX_NETBOX_MAX_CONCURRENT="2",
    ).netbox()
    assert (netbox.timeout, netbox.max_retries, netbox.retry_delay, netbox.max_concurrent) == (7.5, 0, 2.0, 2)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PROXBOX_NETBOX_TIMEOUT", "soon"),
        ("PROXBOX_NETBOX_TIMEOUT", "0"),
        ("PROXBOX_NETBOX_MAX_RETRIES", "1.5"),
        ("PROXBOX_NETBOX_MAX_CONCURRENT", "0"),
        ("PROXBOX_NETBOX_RETRY_DELAY", "inf"),
    ],
)
def test_bad_values_in_the_environment_name_the_variable(variable: str, value: str, write: Write) -> None:
    """So that it can be found."""
    with pytest.raises(ConfigError, match=f"Environment variable {variable}: must"):
        _load(write(_minimal()), T=V1, **{variable: value}).netbox()


def test_the_file_and_the_policy_agree() -> None:
    """Defaults and descriptions that stand in both are the same."""
    for section, model in ((MappingSection, Policy), (LimitsSection, Limits)):
        for name, field in section.model_fields.items():
            assert field.default == model.model_fields[name].default, name
    for name, field in MappingSection.model_fields.items():
        if field.description and name != "create_sites":
            assert field.description == Policy.model_fields[name].description


def test_the_schema_accepts_what_we_accept() -> None:
    """The full example and the one `proxbox init` writes."""
    template = files("proxbox_plan.api.init_files").joinpath("templates", "proxbox.yaml").read_text(encoding="utf-8")
    for text in (FULL, template):
        jsonschema.Draft202012Validator(config_schema()).validate(yaml.safe_load(text))
        assert _checked(_whole(text), None).clusters


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["netbox", "clusters", "name", "token", "env", "rules", "when", "owners", "x"]), inner
            )
        ),
    )
)
def test_no_file_makes_the_checks_crash(data: object) -> None:
    """Whatever is in it, it is accepted or complained about."""
    text = yaml.safe_dump(data if isinstance(data, dict) else {"clusters": data})
    with pytest.raises(ConfigError):
        _checked(_whole(text), lambda: KINDS)
