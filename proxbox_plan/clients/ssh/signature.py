"""Signature: the public key that an SSH signature was made with, from its armored text."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from typing import Final

_ARMORED: Final = re.compile(
    r"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]{1,20000})\n-----END SSH SIGNATURE-----\n?"
)
_HEAD: Final = b"SSHSIG\x00\x00\x00\x01"
_LENGTH: Final = struct.Struct(">I")


def key_of(signature: str) -> str:
    """Return the public key of a signature, as a file of allowed signers has it; ValueError when it is none.

    Nothing may stand around the signature: what ssh-keygen verifies and what is read here is the same.
    """
    armored = _ARMORED.fullmatch(signature)
    if armored is None:
        raise ValueError("is not an SSH signature")
    try:
        blob = base64.b64decode(armored[1].replace("\n", ""), validate=True)
        if not blob.startswith(_HEAD):
            raise ValueError("is not an SSH signature")
        (length,) = _LENGTH.unpack_from(blob, len(_HEAD))
    except (binascii.Error, struct.error):
        raise ValueError("is not an SSH signature") from None
    start = len(_HEAD) + _LENGTH.size
    if len(blob) < start + length:
        raise ValueError("is not an SSH signature")
    return base64.b64encode(blob[start : start + length]).decode()
