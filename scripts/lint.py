"""Lint what ruff does not: workflows, shell scripts, words of code and docs, and who opens files: `./dev lint`."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

from scripts import opens, words

ROOT = Path(__file__).parent.parent
WORKFLOWS = (ROOT / ".github", ROOT / ".github" / "dependabot.yml", ROOT / "action.yml", ROOT / "examples" / "github")
SCRIPTS = (ROOT / "dev", ROOT / ".ci" / "run", *sorted(ROOT.glob("action/*.sh")))


def lint_workflows(*places: Path) -> str:
    """Return zizmor's diagnostics of the workflows and actions below these places; empty without one."""
    files = [str(file) for place in places for file in _workflows(place)]
    return _diagnostics("zizmor", "--offline", "--no-progress", "--persona=pedantic", "--quiet", *files)


def lint_scripts(*scripts: Path) -> str:
    """Return shellcheck's diagnostics of these scripts; empty without one."""
    return _diagnostics("shellcheck", "--shell=bash", *map(str, scripts))


def _workflows(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(place.rglob("workflows/*.yml"))


def _diagnostics(program: str, *arguments: str) -> str:
    """Run a program of this environment; its output counts only when it fails."""
    command = [str(Path(sysconfig.get_path("scripts")) / program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own programs
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


def main() -> int:
    """Print every diagnostic; 1 when there is one."""
    examples = sorted((ROOT / "examples").rglob("*.sh"))
    said = (
        lint_workflows(*WORKFLOWS)
        + lint_scripts(*SCRIPTS, *examples)
        + "\n".join([*words.findings(), *opens.findings()])
    )
    print(said or "The workflows, scripts, words and files are sound.")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
