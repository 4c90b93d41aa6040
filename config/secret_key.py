"""The secret key of an installation where nobody set one: made once, kept in a file only its owner can read."""

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key


def read_or_make_secret_key(path: Path) -> str:
    """Return the key kept at `path`, making it first if need be; several processes starting at once agree on one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    candidate = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        candidate.touch(mode=0o600)
        candidate.write_text(get_random_secret_key())
        try:
            os.link(candidate, path)  # fails where another process was first: then its key is the key
        except FileExistsError:
            pass
        finally:
            candidate.unlink()
    return path.read_text()
