"""A configuration in several files: one whole, in which every mistake has its own file, line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxbox_plan.config import Settings, load
from proxbox_plan.config.semantic_checks import KnownKind
from proxbox_plan.core.errors import ConfigError

CLUSTER = "{{name: {name}, host: pve, site: A, user: a@pam, password: {{env: P}}{more}}}"


def cluster(name: str, more: str = "") -> str:
    """Return the list item of a cluster."""
    return f"  - {CLUSTER.format(name=name, more=more)}\n"


def write(folder: Path, **files: str) -> Path:
    """Write files by name (`__` stands for a folder) and return the first."""
    paths = [folder / f"{name.replace('__', '/')}.yaml" for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return paths[0]


def errors(path: Path) -> list[str]:
    """Return the diagnostics about a configuration, without its folder."""
    with pytest.raises(ConfigError) as caught:
        load(path, {}, lambda: {"virtual-machine": KnownKind(["name"], can_be_decommissioned=True)})
    return caught.value.message.replace(f"{path.parent}/", "").splitlines()


def loaded(path: Path, **environ: str) -> Settings:
    """Return the settings of a configuration."""
    return load(path, environ)


def test_lists_add_up_in_the_order_of_their_files(tmp_path: Path) -> None:
    """The main file first, then pattern by pattern, sorted by name; files may include others."""
    path = write(
        tmp_path,
        main="include: [clusters/*.yaml, more.yaml]\nrules: [{set: {role: A}}]\nchecks: [{name: a, when: 'true'}]\n",
        clusters__b=f"clusters:\n{cluster('bravo')}",
        clusters__a=f"clusters:\n{cluster('alfa')}rules: [{{set: {{role: B}}}}]\ninclude: [deep.txt]\n",
        more="mapping: {create_sites: true}\nchecks: [{name: b, when: 'true'}]\n",
        empty="",
    )
    (tmp_path / "clusters" / "deep.txt").write_text("rules: [{set: {role: C}}]\nforget: ['device:x']\n")
    policy = loaded(path).policy
    assert [item.name for item in policy.clusters] == ["alfa", "bravo"]
    assert [item.set.role for item in policy.rules] == ["A", "B", "C"]
    assert [item.name for item in policy.checks] == ["a", "b"]
    assert policy.create_sites
    assert policy.forget == ("device:x",)


def test_the_digest_is_the_same_however_it_is_split(tmp_path: Path) -> None:
    """One file or many, in any order of the clusters: it says the same. The order of rules is part of what it says."""
    rules = "rules: [{set: {role: A}}, {set: {role: B}}]\n"
    one = write(tmp_path, one=f"{rules}clusters:\n{cluster('b')}{cluster('a')}")
    many = write(
        tmp_path,
        many=f"include: [x/*.yaml]\n{rules}",
        x__1=f"clusters:\n{cluster('a')}",
        x__2=f"clusters:\n{cluster('b')}",
    )
    other = write(
        tmp_path, other=f"rules: [{{set: {{role: B}}}}, {{set: {{role: A}}}}]\nclusters:\n{cluster('b')}{cluster('a')}"
    )
    assert loaded(one).digest == loaded(many).digest
    assert loaded(one).digest != loaded(other).digest


def test_a_mistake_names_its_own_file_and_line(tmp_path: Path) -> None:
    """Of the models, of the checks and of YAML alike; the main file comes first."""
    bad_values = write(
        tmp_path,
        main="include: [b.yaml, a.yaml]\nmaping: {}\n",
        a=f"# a\nclusters:\n{cluster('lab', ', prot: 1')}",
        b=f"clusters:\n{cluster('x')}rules: [{{when: {{nme: x}}}}]\n",
    )
    assert errors(bad_values) == [
        "main.yaml:2:1: unknown key 'maping'; did you mean 'mapping'?",
        "a.yaml:3:70: unknown key 'prot' in clusters[1]; did you mean 'port'?",
        "b.yaml:3:17: unknown key 'nme' in rules[0].when; did you mean 'name'?",
    ]
    double = write(tmp_path, main="include: [a.yaml]\nclusters:\n" + cluster("Lab"), a=f"clusters:\n{cluster('lab')}")
    assert errors(double) == ["a.yaml:2:12: another cluster is already named 'Lab'"]
    broken = write(tmp_path, main="include: [a.yaml]\n", a="clusters: [\n")
    assert errors(broken)[0].startswith("a.yaml:2:1: is not valid YAML")


def test_a_key_stands_in_one_file_only(tmp_path: Path) -> None:
    """What does not add up would have to win or lose; both places are named."""
    path = write(tmp_path, main=f"include: [a.yaml]\nmapping: {{}}\nclusters:\n{cluster('lab')}", a="\nmapping: {}\n")
    assert errors(path) == ["a.yaml:2:1: the key 'mapping' is already in main.yaml:2; set it in one file only"]


@pytest.mark.parametrize(
    ("include", "message"),
    [
        ("nothing.yaml", "main.yaml:1:11: no file matches 'nothing.yaml' in "),
        ("x/*.yaml", "main.yaml:1:11: no file matches 'x/*.yaml' in "),
        ("main.yaml", "main.yaml:1:11: 'main.yaml' is already read as main.yaml; include a file only once"),
        ("circle.yaml", "circle.yaml:1:11: 'main.yaml' is already read as main.yaml; include a file only once"),
        ("list.yaml", "list.yaml:1:1: is not a mapping"),
        ("12", "main.yaml:1:11: include[0] must be text"),
        ("'${NOWHERE}'", "main.yaml:1:11: the environment variable NOWHERE is not set"),
    ],
)
def test_what_can_not_be_included(tmp_path: Path, include: str, message: str) -> None:
    """A pattern that matches nothing is a mistake, too: clusters would be missing without a word."""
    path = write(
        tmp_path,
        main=f"include: [{include}]\nclusters:\n{cluster('lab')}",
        circle="include: [main.yaml]\n",
        list="- a\n",
    )
    assert any(error.startswith(message) for error in errors(path)), errors(path)


def test_paths_start_at_the_main_file(tmp_path: Path) -> None:
    """So that a section means the same in whichever file it stands."""
    path = write(tmp_path, main="include: [sub/a.yaml]\n", sub__a=f"clusters:\n{cluster('lab', ', ca_file: ca.pem')}")
    (tmp_path / "ca.pem").write_text("x")
    assert loaded(path, P="x").proxmox("lab").ca_file == tmp_path / "ca.pem"


def test_a_value_knows_its_file(tmp_path: Path) -> None:
    """`validate --explain` shows where a rule stands."""
    main = f"include: [a.yaml]\nrules: [{{}}]\nclusters:\n{cluster('lab')}"
    path = write(tmp_path, main=main, a="\nrules:\n  - {}\n")
    settings = loaded(path)
    assert settings.where(("rules", 0)) == f"{path}:2"
    assert settings.where(("rules", 1)) == f"{tmp_path / 'a.yaml'}:3"
    assert settings.where(("clusters", 0, "guests")) == f"{path}:4"


def test_patterns_and_custom_fields_of_rules_are_checked(tmp_path: Path) -> None:
    """In every list of rules, also inside `any` and `unless`."""
    text = f"""clusters:
{cluster("lab", ', node_rules: [{when: {cpu: "/(/"}}]')}rules:
  - {{when: {{any: [{{unless: {{tag: ["/*/"]}}}}]}}}}
  - {{set: {{custom_fields: {{proxbox_key: x}}}}}}
  - {{set: {{custom_fields: {{"a-b": x}}}}}}
  - {{set: {{tags: [web, Proxbox-Ignore]}}}}
cluster_rules: [{{when: {{cluster: ""}}}}]
"""
    found = errors(write(tmp_path, main=text))
    assert [line.split(": ", 1)[1][:45] for line in found] == [
        "'/(/' is not a regular expression: missing ):",
        "'/*/' is not a regular expression: no argumen",
        "'proxbox_key' is reserved: rules cannot fill ",
        "'a-b' is not a name of a custom field: use lo",
        "'Proxbox-Ignore' is reserved: set the tag in ",
        "'' must not be empty; omit the key to match a",
    ]


def test_custom_fields_have_owners_where_rules_fill_them(tmp_path: Path) -> None:
    """On virtual machines and devices, by the name they have in a plan."""
    base = f"clusters:\n{cluster('lab')}owners:\n  "
    assert loaded(write(tmp_path, good=base + "virtual-machine: {cf_owner: proxmox}\n")).policy.owners
    path = write(tmp_path, bad=base + "virtual-machine: {cf_owner: proxmox, nmae: proxmox}\n")
    assert errors(path) == ["bad.yaml:4:40: 'virtual-machine' has no field 'nmae'; did you mean 'name'?"]
