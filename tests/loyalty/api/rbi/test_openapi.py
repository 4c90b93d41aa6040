"""The generated OpenAPI of RBI's API: whatever is sent that fits it or not, no answer is 5xx, and none is undocumented."""

import json
from collections import Counter
from typing import Any

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as sized
from hypothesis import strategies as st
from pytest_django import Settings
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from loyalty import till
from loyalty.api.rbi.routes import api
from loyalty.models import Contact, TillTransaction
from tests.loyalty.api.rbi.tills import NOT_FOUND, Till, mark
from tests.loyalty.factories import NOW, RewardFactory, VoucherFactory
from tests.scale import size

pytestmark = [pytest.mark.django_db, pytest.mark.prove(ci=True), pytest.mark.once]

CASES = size(ci=300, full=2000)


def description() -> Any:
    return json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/rbi"), default=str))


def cases() -> st.SearchStrategy[Any]:
    """Any call, half of them as described, half of them not."""
    schema = schemathesis.openapi.from_dict(description())
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    return st.one_of([one.as_strategy(generation_mode=mode) for one in operations for mode in modes])


def _name_what_is_there(
    body: dict[str, Any], transaction_id: str, *, status: str, identifiers: list[str], who: int
) -> None:
    """Put ids and words into some bodies that are known: otherwise hardly any call gets past the first look."""
    if who < 3 and "identifier" in body:
        body["identifier"] = identifiers[who]
    if who >= 6:
        return
    for known, word in (("transactionId", transaction_id), ("loyaltyId", identifiers[0]), ("status", status)):
        if known in body and word:
            body[known] = word
    details = body.get("transactionDetails")
    if isinstance(details, dict) and "currency" in details:
        details["currency"] = "EUR"
    if isinstance(details, dict) and who < 3:
        details["appliedDiscounts"] = []


def test_every_call_is_described_with_all_its_answers() -> None:
    paths = description()["paths"]

    assert {(path, method) for path, methods in paths.items() for method in methods} == {
        ("/api/rbi/loyalty/identify", "post"),
        ("/api/rbi/loyalty/transaction/pos/validate/{transaction_id}", "post"),
        ("/api/rbi/loyalty/transaction/pos/validate/{transaction_id}", "put"),
        ("/api/rbi/loyalty/transaction/pos/{transaction_id}", "put"),
        ("/api/rbi/loyalty/transaction/pos/{transaction_id}/void", "put"),
    }
    statuses = {"200", "400", "401", "403", "404", "405", "413", "422", "429", "500"}
    assert all(set(call["responses"]) == statuses for methods in paths.values() for call in methods.values())


def test_no_call_breaks_it_or_gets_an_answer_that_is_not_described(
    rbi: Till, noor: Contact, settings: Settings
) -> None:
    settings.API_CALLS_PER_MINUTE = 100_000
    mark(noor, VoucherFactory.create(contact=noor), RewardFactory.create(required_points=1))
    code = till.work_out(till.make_code(noor, now=NOW))
    answers: Counter[tuple[str, int]] = Counter()

    @sized(max_examples=CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(
        case=cases(),
        named=st.sampled_from(["open", "open", "open", "last", NOT_FOUND, ""]),
        status=st.sampled_from(["PENDING", "CLAIMED", "CLAIMED", ""]),
        who=st.integers(0, 9),
    )
    def call(case: Any, named: str, status: str, who: int) -> None:
        if named == "open" and not TillTransaction.objects.open().exists():
            rbi.scan(noor)
        newest = TillTransaction.objects.first()
        transaction_id = str(newest.uuid) if newest and named in {"open", "last"} else named
        address = str(case.path)
        if isinstance(case.path_parameters, dict):
            sent = transaction_id or str(case.path_parameters.get("transaction_id", ""))
            address = address.replace("{transaction_id}", sent)
        body = case.body
        if isinstance(body, dict):
            _name_what_is_there(
                body, transaction_id, status=status, identifiers=[str(noor.uuid), code, "123456"], who=who
            )
        content = b"" if body is schemathesis.core.NOT_SET else json.dumps(body, default=str).encode()
        headers = {name: str(value) for name, value in (case.headers or {}).items() if name.lower() != "x-api-key"}
        response = Client(raise_request_exception=False).generic(
            case.method.upper(),
            address,
            content,
            content_type="application/json",
            headers=headers | {"x-api-key": rbi.key if who < 9 else "wrong"},
        )
        described = case.operation.definition.raw["responses"]
        assert response.status_code < 500, (address, content)
        assert str(response.status_code) in described, (response.status_code, address, content)
        assert isinstance(json.loads(response.content), dict)
        answers[case.operation.label, response.status_code] += 1

    call()

    print(f"S1 RBI: {sum(answers.values())} calls, {dict(sorted(answers.items()))}")  # noqa: T201 - a proof prints its number
