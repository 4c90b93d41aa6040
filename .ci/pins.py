"""Keeps versions reproducible without a lock file in the repository (docs/adr/0008).

`pins.py write` takes over what `uv lock` resolved, `pins.py check` says what differs; both need uv.
"""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = ROOT / "pyproject.toml"
REQUIREMENTS = ROOT / "requirements.txt"
# `uv run` tells where uv is; otherwise it is a module of this Python.
UV = [os.environ["UV"]] if "UV" in os.environ else [sys.executable, "-m", "uv"]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
CONSTRAINTS = re.compile(r"^constraint-dependencies = \[\n.*?^\]\n", re.MULTILINE | re.DOTALL)


def export(*options: str) -> str:
    """Return uv's export of the resolved tree."""
    command = [
        *UV,
        "export",
        "--quiet",
        "--no-header",
        "--no-annotate",
        "--no-emit-project",
        *options,
    ]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def pins(text: str) -> set[tuple[str, str]]:
    """Return the (name, version) pairs in an export or a requirements file."""
    return set(PINNED.findall(text))


def write() -> int:
    """Write every package of the tree into pyproject.toml, and requirements.txt with hashes for the image."""
    lines = [line.strip() for line in export("--all-groups", "--no-hashes").splitlines() if PINNED.match(line)]
    block = "constraint-dependencies = [\n" + "".join(f"  {quoted(line)},\n" for line in lines) + "]\n"
    text = PYPROJECT.read_text()
    if not CONSTRAINTS.search(text):
        raise SystemExit("pyproject.toml has no [tool.uv] constraint-dependencies to replace")
    PYPROJECT.write_text(CONSTRAINTS.sub(lambda _match: block, text, count=1))
    REQUIREMENTS.write_text(export("--no-dev"))
    print(f"pinned {len(lines)} packages")
    return 0


def quoted(line: str) -> str:
    """Return `line` as a TOML string."""
    return f"'{line}'" if '"' in line else f'"{line}"'


def check() -> int:
    """Compare what uv resolves with what is written down."""
    constraints = tomllib.loads(PYPROJECT.read_text())["tool"]["uv"]["constraint-dependencies"]
    differing = {
        "pyproject.toml": pins(export("--all-groups", "--no-hashes")) ^ pins("\n".join(constraints)),
        "requirements.txt": pins(export("--no-dev")) ^ pins(REQUIREMENTS.read_text()),
    }
    for file, pairs in differing.items():
        for name, version in sorted(pairs):
            print(f"{file}: {name}=={version} is on one side only; run .ci/pins.py write", file=sys.stderr)
    if not any(differing.values()):
        print(f"names locked are the names pinned: {len(constraints)}")
    return 1 if any(differing.values()) else 0


if __name__ == "__main__":
    commands = {"write": write, "check": check}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        raise SystemExit("usage: pins.py write|check")
    raise SystemExit(commands[sys.argv[1]]())
