"""How large the proofs are: small in every run, full-size under `pytest -m prove`."""

import pytest

_proving = False


def use_full_size(config: pytest.Config) -> bool:
    """Remember whether this run was started with `-m prove`, before any test module is imported."""
    global _proving
    _proving = "prove" in str(config.getoption("markexpr", ""))
    return _proving


def is_full_size() -> bool:
    """Say whether this run makes the full-size proofs."""
    return _proving


def size(*, ci: int, full: int) -> int:
    """Return how many rounds, examples or clients this run makes."""
    return full if _proving else ci
