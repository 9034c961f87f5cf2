"""Signed approvals, on whole commands and with OpenSSH's own ssh-keygen: who may apply what, and the ways around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.core.moment import moment_text
from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.documents import read_document, write_document
from proxbox_plan.model.approval import NAMESPACE, Approval
from proxbox_plan.model.plan import Plan
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_everyday_changes import one_guest
from tests.ssh_keys import new_key, signed, signers, unsigned

pytestmark = pytest.mark.slow  # each makes keys and signs with another program

RULES = "mapping: {create_sites: true}\napply: {require_approvals: 1, allowed_signers: signers}"
NOW = datetime.now(UTC)
BOB = ("--author", "bob@example.com")


@dataclass(frozen=True)
class People:
    """A saved plan on a stage, and people who may approve it."""

    stage: Stage
    keys: Path
    plan: Plan

    def approve(self, name: str = "alice", *options: str, out: str = "a.json") -> str:
        """Let a person approve the plan, and return the file."""
        self.stage.good("approve", "plan.json", "--key", str(self.keys / name), "-o", out, *options)
        return out

    def forge(self, name: str = "alice", namespace: str = NAMESPACE, **content: Any) -> str:
        """Write what someone with this key can sign, and return the file."""
        approval = signed(
            unsigned(self.plan, **{"approved_at": moment_text(NOW)} | content), self.keys / name, namespace
        )
        write_document(signed(approval, self.keys / name, namespace), self.stage.folder / "forged.json")
        return "forged.json"

    def refused(self, *options: str, code: int = 3) -> str:
        """Apply in vain: nothing is written, and no lock is taken."""
        said = self.stage.run("apply", "plan.json", *options)
        assert said.code == code, said
        assert self.stage.fake is not None
        assert {request.method for request in self.stage.fake.requests} == {"GET"}
        assert not list(self.stage.folder.glob("*.lock"))
        return said.err


@pytest.fixture
def people(fake: tuple[SetUp, FakeNetBoxThread], tmp_path_factory: pytest.TempPathFactory) -> People:
    """Give a plan that was saved; alice, with two keys, and bob may approve, and mallory may not."""
    stage, keys = fake[0](one_guest()), tmp_path_factory.mktemp("keys")
    made = {name: new_key(keys, name) for name in ("alice", "alice2", "bob", "mallory")}
    del made["mallory"]
    (stage.folder / "signers").write_text(signers(**made))
    stage.configure(rest=RULES)
    stage.good("collect")
    return People(stage, keys, stage.plan())


def test_another_person_approves(people: People) -> None:
    """The name is looked up by the key; the plan is applied, and once."""
    people.refused(*BOB)
    said = people.stage.run("approve", "plan.json", "--key", str(people.keys / "alice"))
    assert said.code == 0
    assert f"alice@example.com approves the plan {people.plan.id}: Plan: " in said.err
    given = ("--approval", "plan.approval-alice-example-com.json")
    people.stage.good("apply", "plan.json", *given, *BOB)
    again = people.stage.run("apply", "plan.json", *given, *BOB, "--outcome", "another.json")
    assert again.code == 3
    assert "is already applied, according to NetBox's changelog" in again.err


def test_an_author_does_not_approve_their_own_plan(people: People) -> None:
    """Under neither of their keys; without an author two must approve, as one of them may be it."""
    first, second = people.approve("alice"), people.approve("alice2", out="b.json")
    given = ("--approval", first, "--approval", second)
    assert "alice@example.com made the plan" in people.refused(*given, "--author", "Alice@example.com")
    assert "b.json: is by alice@example.com again, as is a.json" in people.refused(*given)
    assert "its author 'bbo@example.com' is not an allowed signer (did you mean 'bob@example.com'?)" in people.refused(
        *given, "--author", "bbo@example.com"
    )
    people.stage.good("apply", "plan.json", "--approval", first, "--approval", people.approve("bob", out="c.json"))


def test_nobody_lowers_what_the_configuration_requires(people: People) -> None:
    """Neither the number nor the people; nor is a plan applied that was never saved."""
    people.refused("--require-approvals", "0", *BOB)
    assert "The configuration names the allowed signers" in people.refused("--allowed-signers", "mine", *BOB)
    assert people.stage.run("apply", "--yes").code == 1
    given = ("--approval", people.approve())
    assert "requires 2 approvals, and 1 counts" in people.refused(*given, *BOB, "--require-approvals", "2")


def test_options_require_approvals_without_the_configuration(people: People) -> None:
    """The file of allowed signers must be named then, and approvals that nothing requires are a mistake."""
    people.stage.configure(rest="mapping: {create_sites: true}")
    assert "it is unknown who may approve" in people.refused("--require-approvals", "1", code=1)
    approval = people.approve("alice", "--as", "alice@example.com")
    assert "none is required" in people.refused("--approval", approval, code=1)
    options = ("--require-approvals", "1", "--allowed-signers", "signers", *BOB)
    people.refused(*options)
    people.stage.good("apply", "plan.json", *options, "--approval", approval)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("mallory", {}, "is not signed by alice@example.com with a key that may approve"),
        ("mallory", {"approver": "mallory@example.com"}, "is not signed by mallory@example.com"),
        ("bob", {}, "is not signed by alice@example.com"),
        ("alice", {"namespace": "git"}, "is not signed by alice@example.com"),
        ("alice", {"plan_digest": "sha256:0"}, "is for another plan"),
        ("alice", {"changes_digest": "sha256:0"}, "is for another plan"),
        ("alice", {"netbox_url": "https://other.example.com"}, "is for another NetBox"),
        ("alice", {"approved_at": moment_text(NOW - timedelta(days=8))}, "is older than 168 hours"),
        ("alice", {"approved_at": moment_text(NOW + timedelta(days=1))}, "is from the future"),
    ],
)
def test_what_anyone_can_sign(people: People, name: str, content: dict[str, Any], why: str) -> None:
    """With another key, in another name, for another purpose, plan or NetBox, or at another time."""
    assert why in people.refused("--approval", people.forge(name, **content), *BOB)


def test_an_option_shortens_how_long_an_approval_counts(people: People) -> None:
    """And does not prolong it."""
    given = ("--approval", people.forge(approved_at=moment_text(NOW - timedelta(hours=3))), *BOB)
    assert "is older than 2 hours" in people.refused(*given, "--max-approval-age", "2")
    people.stage.good("apply", "plan.json", *given, "--max-approval-age", "4")


def test_a_plan_that_was_changed_since(people: People) -> None:
    """Sealed anew it is another plan, whatever its name."""
    given = ("--approval", people.approve(), *BOB)
    first, *rest = people.plan.changes
    write_document(people.plan.remade(changes=(first.replace(name="other"), *rest)), people.stage.folder / "plan.json")
    assert "a.json: is for the same changes of another state, configuration, NetBox or branch" in people.refused(*given)


def test_an_approval_that_was_changed_since(people: People) -> None:
    """Also when it is sealed anew: what is signed is its content."""
    name = people.approve()
    file = people.stage.folder / name
    approval = read_document(file, Approval)
    file.write_text(file.read_text().replace("alice@", "bob@"))
    assert "was edited or damaged" in people.refused("--approval", name, *BOB, code=1)
    write_document(approval.remade(approved_at="2030-01-01T00:00:00Z"), file)
    assert "is not signed by alice@example.com" in people.refused("--approval", name, *BOB)
    write_document(approval.replace(signature=approval.signature * 2), file)
    assert "is not signed by alice@example.com" in people.refused("--approval", name, *BOB)


def test_files_that_are_none(people: People) -> None:
    """Endless, missing, of another kind, or a link to what no one may see; an approval is never written to a link."""
    folder = people.stage.folder
    (folder / "huge.json").write_text(" " * 70_000)
    (folder / "small.json").write_text('{"kind": "state"}')
    (folder / "secret").write_text("a secret")
    (folder / "link.json").symlink_to(folder / "secret")
    for name, why in (
        ("huge.json", "it is larger than 65,536 bytes"),
        ("nowhere.json", "the file does not exist"),
        ("plan.json", "is larger than"),
        ("small.json", "is a document of kind 'state', not 'approval'"),
        ("link.json", "link.json:1:1: is not valid JSON"),
        ("/dev/zero", "it is a device, not a file"),
    ):
        err = people.refused("--approval", name, *BOB, code=1)
        assert why in err
        assert "a secret" not in err
    said = people.stage.run("approve", "plan.json", "--key", str(people.keys / "alice"), "-o", "link.json")
    assert said.code == 1
    assert (folder / "secret").read_text() == "a secret"


def test_what_cannot_be_approved(people: People) -> None:
    """A key or a name that is not in the file, a plan of another configuration, and one without changes."""
    mallory = ("approve", "plan.json", "--key", str(people.keys / "mallory"))
    for options, why in (
        ((), "It is unknown whose key this is: no line of the file of allowed signers has the key"),
        (("--as", "alice@example.com"), "is not one that alice@example.com may approve with"),
        (("--as", "-oops"), "'-oops' cannot be the name of an approver"),
        (("--expect", "sha256:" + "0" * 64), "as expected"),
    ):
        said = people.stage.run(*mallory, *options)
        assert said.code != 0
        assert why in said.err
    people.stage.configure(rest=f"{RULES}\nlimits: {{percent: 20}}")
    assert people.stage.run("approve", "plan.json", "--key", str(people.keys / "alice")).code == 4


def test_a_plan_that_would_not_be_applied_is_not_approved(people: People) -> None:
    """A check that denies it; one that requires a label is a matter of the apply."""
    check = "checks: [{name: no machines, when: change.kind == 'virtual-machine'}]"
    people.stage.configure(rest=f"{RULES}\n{check}")
    assert people.stage.run("plan", "--state", "state.json").code == 3
    said = people.stage.run("approve", "plan.json", "--key", str(people.keys / "alice"))
    assert said.code == 3
    assert "denied by the check 'no machines'" in said.err


def test_a_file_of_allowed_signers_that_is_missing_or_says_too_little(people: People) -> None:
    """An error of the configuration, before anything is asked for."""
    given = ("--approval", people.approve(), *BOB)
    (people.stage.folder / "signers").write_text("* ssh-ed25519 AAAA\n")
    assert "signers:1: must be the names of one person" in people.refused(*given, code=1)
    (people.stage.folder / "signers").unlink()
    assert "the file of allowed signers does not exist" in people.refused(*given, code=1)
    people.stage.configure(rest="apply: {require_approvals: 1}")
    assert "must name `allowed_signers` when approvals are required" in people.refused(*given, code=1)


def test_without_ssh_keygen(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clear error of both commands."""
    given = ("--approval", people.approve(), *BOB)
    monkeypatch.setitem(people.stage.environ, "PATH", "/nowhere")
    assert "Approvals require ssh-keygen, which is not installed" in people.refused(*given, code=1)


def test_nothing_to_do_needs_no_approval(people: People) -> None:
    """Nothing to approve when there is nothing to apply."""
    people.stage.good("apply", "plan.json", "--approval", people.approve(), *BOB)
    assert people.stage.plan().changes == ()
    people.stage.good("apply", "plan.json")
    said = people.stage.run("approve", "plan.json", "--key", str(people.keys / "alice"))
    assert "has no changes, so there is nothing to approve" in said.err
