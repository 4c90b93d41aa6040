"""S1 of Leat's API: whatever its own description allows to be sent, the answer is one that the description names."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from loyalty.api import limits
from tests.loyalty.api.test_cases import all_names
from tests.scale import size

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Keep the test's connection open over calls, as Django's own test client does: its transaction is never committed."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
@pytest.mark.once
@pytest.mark.prove(ci=True)
def test_s1_no_call_that_the_description_allows_is_answered_outside_it(token: str) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/docs/leat.json", get_wsgi_application())
    operations = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    known = sorted(all_names(timezone.now() - timedelta(days=1)).values())
    seen: Counter[int] = Counter()

    @hypothesis.settings(
        max_examples=size(ci=300, full=2000),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @hypothesis.given(st.data())
    def fuzz(drawn: Any) -> None:
        operation = drawn.draw(st.sampled_from(operations))
        case = drawn.draw(operation.as_strategy())
        for name in case.path_parameters or {}:
            # Half of the addresses are of something that there is: else every answer would say that there is nothing.
            if drawn.draw(st.booleans()):
                case.path_parameters[name] = drawn.draw(st.sampled_from(known))
        limits.forget()
        with transaction.atomic():
            response = case.call(headers={"Authorization": f"Bearer {token}"})
            transaction.set_rollback(True)
        seen[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    fuzz()

    print(  # noqa: T201 - a proof prints its number
        f"S1: {sum(seen.values())} calls of {len(operations)} operations of Leat's API: {dict(sorted(seen.items()))}"
    )
    assert not [status for status in seen if status >= 500]
