"""Allowed signers: each line is one person and one key, so that no key approves in several names."""

from __future__ import annotations

import pytest

from proxbox_plan.core.errors import ConfigError
from proxbox_plan.policy.allowed_signers import AllowedSigners

ONE, TWO, THREE = ("AAAAC3NzaC1lZDI1NTE5AAAAI" + letter * 43 for letter in "abc")
FILE = f"""\
# our people

alice@example.com,al ssh-ed25519 {ONE} a laptop
alice@example.com namespaces="proxbox-approval",valid-before="20990101" ecdsa-sha2-nistp256 {TWO}
Bob sk-ssh-ed25519@openssh.com {THREE}
"""


def test_who_has_a_key() -> None:
    """All names of the person, also those of another line with one of the names; a type of a key is none."""
    found = AllowedSigners.parse(FILE, "file")
    assert found.person_of(ONE) == found.person_of(TWO) == {"alice@example.com", "al"}
    assert found.person_of(THREE) == {"bob"}
    assert found.person_of("ssh-ed25519") == frozenset()
    assert [found.name_of(key) for key in (ONE, THREE, "x")] == ["alice@example.com", "Bob", None]
    assert found.knows("BOB")
    assert not found.knows("bo")
    assert found.suggestion("alice@example.org") == "; did you mean 'alice@example.com'?"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"*@example.com ssh-ed25519 {ONE}", "file:2: must be the names of one person, a key type and a key"),
        (f"alice,!bob ssh-ed25519 {ONE}", "file:2: must be the names of one person"),
        (f'"alice" ssh-ed25519 {ONE}', "file:2: must be the names of one person"),
        ("alice ssh-ed25519", "file:2: must be the names of one person"),
        (f"alice {ONE}", "file:2: must be the names of one person"),
        (f'alice namespaces="a b" ssh-ed25519 {ONE}', "file:2: must be the names of one person"),
        (f"alice cert-authority ssh-ed25519 {ONE}", "file:2: is a certificate authority"),
        (f'alice namespaces="x",CERT-AUTHORITY ssh-ed25519 {ONE}', "file:2: is a certificate authority"),
    ],
)
def test_a_line_with_which_a_key_could_approve_in_several_names(line: str, message: str) -> None:
    """Patterns and certificate authorities, and what is no line of such a file."""
    with pytest.raises(ConfigError, match=message):
        AllowedSigners.parse(f"#\n{line}\n", "file")
