"""The banks, one process for all the proofs of this folder."""

from collections.abc import Iterator

import pytest

from tests.orders.banks import Banks, running_banks


@pytest.fixture(scope="package")
def banks() -> Iterator[Banks]:
    with running_banks() as started:
        yield started
