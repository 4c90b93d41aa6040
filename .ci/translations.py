"""Checks locale/: every string of the code is in every catalogue, translated, and compiled. Needs gettext.

`translations.py write` brings the catalogues up to date with the code and compiles them.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
MAKE = ["makemessages", "--all", "--no-location", "--no-obsolete", "--no-wrap", "--ignore", "tests", "--ignore", "var"]
NOT_KEPT = ('"POT-Creation-Date:', '"Report-Msgid-Bugs-To:')
IGNORED = shutil.ignore_patterns(".*", "var", "tests", "node_modules", "__pycache__", "*.svg")


def extract(folder: Path) -> None:
    """Bring the catalogues in `folder` up to date with its code."""
    subprocess.run([sys.executable, "manage.py", *MAKE], cwd=folder, check=True, capture_output=True)


def read(path: Path) -> Catalog:
    """Read a catalogue as it is written by hand."""
    with path.open("rb") as file:
        return read_po(file)


def sentences(catalogue: Catalog) -> dict[object, object]:
    """Return what the catalogue translates, by message and context."""
    return {(plain(message.id), message.context): plain(message.string) for message in catalogue if message.id}


def plain(words: object) -> object:
    """Return plurals as a tuple: one reader makes lists of them, the other tuples."""
    return tuple(words) if isinstance(words, list) else words


def problems(path: Path, fresh: Path) -> list[str]:
    """Return what is wrong with the catalogue at `path`; `fresh` is the same one, just extracted."""
    mine, current = read(path), read(fresh)
    found = [f"not in the catalogue: {key[0]!r}" for key in sentences(current).keys() - sentences(mine).keys()]  # type: ignore[index]
    found += [f"no longer in the code: {key[0]!r}" for key in sentences(mine).keys() - sentences(current).keys()]  # type: ignore[index]
    for message in mine:
        strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        if message.id and (message.fuzzy or not all(strings)):
            found.append(f"not translated: {message.id!r}")
    compiled = path.with_suffix(".mo")
    if not compiled.exists():
        return [*found, "not compiled"]
    with compiled.open("rb") as file:
        if sentences(read_mo(file)) != sentences(mine):
            found.append("the compiled catalogue is not this one")
    return found


def check() -> int:
    """Compare every catalogue with the code; print what differs."""
    catalogues = sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tableside"
        shutil.copytree(ROOT, copy, ignore=IGNORED)
        if catalogues:
            extract(copy)
        wrong = [
            f"{path.relative_to(ROOT)}: {problem}"
            for path in catalogues
            for problem in sorted(problems(path, copy / path.relative_to(ROOT)))
        ]
    print("\n".join(wrong) if wrong else f"catalogues complete and compiled: {len(catalogues)}")
    return 1 if wrong else 0


def write() -> int:
    """Bring the catalogues up to date and compile them; the day of doing so is not kept, it would only make conflicts."""
    extract(ROOT)
    for path in (ROOT / "locale").glob("*/LC_MESSAGES/*.po"):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not line.startswith(NOT_KEPT)))
    subprocess.run([sys.executable, "manage.py", "compilemessages", "--ignore", "var"], cwd=ROOT, check=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(write() if sys.argv[1:] == ["write"] else check())
