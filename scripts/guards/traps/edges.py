"""What meets a command at its edges: patterns, files, streams, texts to paste: traps 19 to 26."""

from __future__ import annotations

from scripts.guards.guard import Trap, guard

_FILES = "tests/core/test_files.py::"
_NAMED = "tests/cli/test_files.py::"
_UNTIMED = "tests/apply/concurrency/test_untimed.py::"

TRAPS = (
    Trap(
        19,
        "A regular expression and a guest's name: the plan never ends",
        (
            guard(
                "an expression matches in linear time, or is refused",
                "core/patterns.py",
                "expression: Expression = re2.compile(text, options)",
                "expression: Expression = re.compile(text)",
                "tests/core/test_patterns.py::test_no_expression_backtracks",
                "tests/core/test_patterns.py::test_what_is_refused",
            ),
        ),
    ),
    Trap(
        20,
        "A symbolic link in the place of a lock, a journal or an output: what it points to is overwritten",
        (
            guard(
                "a file of our own is opened through no link",
                "core/files/opening.py",
                "flags & ~os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK",
                "flags & ~os.O_TRUNC | os.O_NONBLOCK",
                f"{_FILES}test_nothing_is_written_through_a_link",
                "tests/apply/locks/test_file_lock.py::test_a_symbolic_link_is_not_followed",
                "tests/apply/test_journal.py::test_a_symbolic_link_is_not_followed",
            ),
            guard(
                "an output is written through no link, which is said before any work",
                "core/files/opening.py",
                "        if not _is_of_system(Path(path)):\n            raise symbolic_link(path)\n",
                "",
                f"{_FILES}test_nothing_is_written_through_a_link",
                f"{_NAMED}test_no_output_goes_through_a_link",
                f"{_NAMED}test_no_file_beside_a_plan_is_a_link",
            ),
        ),
    ),
    Trap(
        21,
        "An output in the place of an input: the configuration or the plan is overwritten",
        (
            guard(
                "the files of a command are kept apart",
                "core/files/claiming.py",
                "!= (Use.READ, Use.READ) and _is_same(claim.path, other.path)",
                "!= (Use.READ, Use.READ) and False",
                f"{_NAMED}test_an_output_takes_no_place",
                f"{_FILES}test_what_is_opened_is_compared_too",
                "tests/api/test_calls.py::test_no_file_of_a_call_is_another",
            ),
            guard(
                "however a file is spelled",
                "core/files/claiming.py",
                "return os.path.samestat(first, second)",
                "return one == other",
                f"{_FILES}test_an_output_is_no_input",
            ),
            guard(
                "also the secrets and certificates of the configuration",
                "config/settings.py",
                "        files.note_input(file)\n",
                "        pass\n",
                f"{_NAMED}test_an_output_takes_no_place",
            ),
        ),
    ),
    Trap(
        22,
        "A device or an endless pipe as input: read until memory ends",
        (
            guard(
                "a device is not read",
                "core/files/reading.py",
                "if stat.S_ISCHR(found.st_mode) or stat.S_ISBLK(found.st_mode):",
                "if stat.S_ISBLK(found.st_mode):",
                f"{_FILES}test_a_device_is_not_read",
            ),
            guard(
                "what is read is bounded",
                "core/files/reading.py",
                "        if size > most:\n",
                "        if size < 0:\n",
                f"{_FILES}test_a_file_is_bounded",
                f"{_FILES}test_standard_input_is_bounded",
            ),
        ),
    ),
    Trap(
        23,
        "A pipe that closes during an apply: the exit code says it failed",
        (
            guard(
                "an apply that is recorded is not undone by its report",
                "cli/terminal/output.py",
                "            if not self.done:\n                raise ReaderGoneError",
                "            if True:\n                raise ReaderGoneError",
                "tests/end_to_end/test_closed_streams.py::test_an_apply_that_no_one_reads",
                "tests/end_to_end/test_closed_streams.py::test_an_apply_that_failed_says_so_to_no_one",
            ),
            guard(
                "that no one reads stderr stops nothing",
                "cli/terminal/output.py",
                "    with suppress(OSError, ValueError):\n        click.echo(",
                "    with suppress(ValueError):\n        click.echo(",
                "tests/end_to_end/test_closed_streams.py::test_an_apply_that_no_one_reads",
                "tests/cli/test_streams.py::test_a_stderr_that_is_gone",
            ),
            guard(
                "no file takes the number of a closed stream",
                "cli/main.py",
                "    open_closed()\n    output = Output()",
                "    output = Output()",
                "tests/cli/test_streams.py::test_a_stream_that_is_closed",
            ),
        ),
    ),
    Trap(
        24,
        "A text of another user in a command to paste: the shell runs it",
        (
            guard(
                "only an id of our form is put into a command, or unlocks",
                "apply/locks/holder.py",
                "return _ID.fullmatch(text) is not None",
                "return True",
                "tests/apply/locks/test_file_lock.py::test_what_is_no_id_of_ours_is_no_command",
                "tests/apply/locks/test_netbox_lock.py::test_what_is_no_id_of_ours_is_no_command",
                "tests/api/test_calls.py::test_unlock_takes_an_id",
            ),
            guard(
                "a key or a label that a shell would read is not quoted",
                "core/escaping.py",
                "return text if _WORD.fullmatch(text) else placeholder",
                "return text",
                "tests/core/test_escaping.py::test_what_a_shell_would_read_is_not_quoted",
            ),
        ),
    ),
    Trap(
        25,
        "A state that every user of the machine may read",
        (
            guard(
                "a document is for its owner only",
                "documents/writing.py",
                "_write(path, file_pieces(document), private=True)",
                "_write(path, file_pieces(document), private=False)",
                "tests/test_documents.py::test_documents_are_for_their_owner_only",
                "tests/security/test_files.py::test_who_may_read_what",
            ),
        ),
    ),
    Trap(
        26,
        "An object without a time of its last change: refused for ever",
        (
            guard(
                "what NetBox cannot compare is not sent with If-Match",
                "apply/context.py",
                "return self.has_if_match and all(map(self.results.stamp, changes))",
                "return self.has_if_match",
                f"{_UNTIMED}test_they_are_written",
            ),
            guard(
                "it is compared by value",
                "apply/concurrency/staleness.py",
                "same = bool(_stamp(row)) or context.lookup.agrees(change, row, after=False)",
                "same = True",
                f"{_UNTIMED}test_what_was_edited_without_a_trace",
            ),
        ),
    ),
)
