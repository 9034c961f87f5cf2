"""Files: the one place where files are opened, so that each holds to the same rules.

* What is read is bounded in size and is no device; it may be a symbolic link, as Kubernetes mounts secrets.
* What is written is never written through a symbolic link: whoever may write into a folder could name any file of ours.
* What a command writes never replaces what it reads, nor what else it writes (`Claims`).

The errors are OSErrors, whose `strerror` is for the user; the callers know what the file is for.
"""

from __future__ import annotations

from proxbox_plan.core.files.claiming import FileClaims, Use, claims, note_input, note_output
from proxbox_plan.core.files.opening import open_failing, open_own
from proxbox_plan.core.files.reading import LARGEST, read_bytes, read_own, read_text
from proxbox_plan.core.files.unfit import AnyPath, UnfitFileError, hint_of, reason_of
from proxbox_plan.core.files.writing import append, make_private, open_stream, replace, sync_folder

__all__ = [
    "LARGEST",
    "AnyPath",
    "FileClaims",
    "UnfitFileError",
    "Use",
    "append",
    "claims",
    "hint_of",
    "make_private",
    "note_input",
    "note_output",
    "open_failing",
    "open_own",
    "open_stream",
    "read_bytes",
    "read_own",
    "read_text",
    "reason_of",
    "replace",
    "sync_folder",
]
