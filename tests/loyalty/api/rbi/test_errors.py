"""Every refusal is a JSON object in RBI's shape: of the programme, of the transport, of our own failure."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from loyalty import till, tokens
from loyalty.models import Contact, ProcessedOrder, Programme, TillCode, TillTransaction, TokenKind, find_programme
from tests.loyalty.api.rbi.tills import NOT_FOUND, ROOT, VENDOR, Reply, Till, basket, item
from tests.loyalty.factories import NOW

pytestmark = pytest.mark.django_db

IDENTIFY = ("POST", "/identify")
CALLS = [
    IDENTIFY,
    ("POST", "/transaction/pos/validate/{id}"),
    ("PUT", "/transaction/pos/validate/{id}"),
    ("PUT", "/transaction/pos/{id}"),
    ("PUT", "/transaction/pos/{id}/void"),
]


def body_for(path: str, found: Reply) -> dict[str, Any]:
    if path == "/identify":
        return {"identifier": found.body["loyaltyUser"]["id"], "posVendor": VENDOR}
    return basket(found, item("5.00"))


def at(path: str, found: Reply) -> str:
    return path.format(id=found.body["transactionId"])


@pytest.fixture(autouse=True)
def many_calls(settings: Settings) -> None:
    """Let one test make as many calls as it likes."""
    settings.API_CALLS_PER_MINUTE = 10_000


@pytest.fixture
def found(rbi: Till, noor: Contact) -> Reply:
    return rbi.scan(noor)


# Identify -------------------------------------------------------------------------------------------------------------


def digits_of(contact: Contact) -> str:
    return till.work_out(till.make_code(contact, now=NOW))


def test_a_code_is_taken_once(rbi: Till, noor: Contact) -> None:
    digits = digits_of(noor)
    assert rbi.identify(f"{digits[:3]} {digits[3:]}").body["loyaltyUser"]["id"] == str(noor.uuid)

    again = rbi.identify(digits)

    assert (again.status, again.code, again.body["isEngineError"]) == (422, "OrderSelectionStatusUnclaimable", True)
    assert TillTransaction.objects.count() == 1


def test_a_code_past_its_five_minutes_is_unknown(rbi: Till, noor: Contact, clock: time_machine.Traveller) -> None:
    digits = digits_of(noor)
    clock.move_to(NOW + timedelta(minutes=5))

    refused = rbi.identify(digits)

    assert (refused.status, refused.code) == (404, "HashSetNotFoundError")


NOBODY: list[tuple[object, int, str]] = [
    ("000000", 404, "HashSetNotFoundError"),
    (NOT_FOUND, 404, "UserNotFoundError"),
    ("12345", 422, "InvalidIdentifier"),
    ("1234567", 422, "InvalidIdentifier"),
    ("½½½½½½", 422, "InvalidIdentifier"),
    ("noor@example.com", 422, "InvalidIdentifier"),
    (" ", 422, "InvalidIdentifier"),
    ("", 400, "ValidationError"),
    (None, 400, "ValidationError"),
    ([], 400, "ValidationError"),
    ("x" * 300, 400, "ValidationError"),
]


def test_what_names_nobody_says_so(rbi: Till, noor: Contact) -> None:
    for identifier, status, code in NOBODY:
        refused = rbi.send(*IDENTIFY, {"identifier": identifier, "posVendor": VENDOR})

        assert (refused.status, refused.code) == (status, code), identifier
    assert not TillTransaction.objects.exists()


def test_an_erased_member_is_unknown(rbi: Till, noor: Contact) -> None:
    Contact.objects.update(erased_at=NOW)

    assert rbi.identify(str(noor.uuid)).code == "UserNotFoundError"


def test_a_programme_without_tills_says_so(rbi: Till, noor: Contact) -> None:
    digits = digits_of(noor)
    find_programme()
    Programme.objects.update(has_tills=False)

    for identifier in (digits, str(noor.uuid)):
        refused = rbi.identify(identifier)
        assert (refused.status, refused.code) == (422, "IdentifierTypeDisabled")
    assert TillCode.objects.get().used_at is None


def test_trying_codes_out_is_stopped(rbi: Till, noor: Contact) -> None:
    TillCode.objects.all().delete()

    answers = [rbi.identify(f"{number:06}") for number in range(61)]

    assert {answer.status for answer in answers[:60]} == {404}
    assert (answers[60].status, answers[60].code) == (429, "TooManyRequests")
    assert int(answers[60].response["Retry-After"]) > 0


# Every call -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_call_works_with_a_slash_and_twice(rbi: Till, found: Reply, method: str, path: str) -> None:
    body = body_for(path, found)

    first, again = (rbi.send(method, at(path, found) + slash, body) for slash in ("", "/"))

    assert (first.status, again.status) == (200, 200)
    if path != "/identify":
        assert first.body == again.body


def test_a_wrong_key_opens_nothing(rbi: Till, found: Reply) -> None:
    before = TillTransaction.objects.values().get()

    for (method, path), key in product(CALLS, ["nonsense", "tbr_" + "A" * 43]):
        refused = rbi.send(method, at(path, found), body_for(path, found), key=key)
        assert (refused.status, refused.code, refused.body["isEngineError"]) == (401, "Unauthorized", False)
    assert TillTransaction.objects.values().get() == before


def test_a_key_of_another_api_or_none_or_for_other_things_opens_nothing(rbi: Till, found: Reply) -> None:
    body = body_for("/identify", found)
    bearer = tokens.make_token("leat", kind=TokenKind.BEARER, now=NOW).secret
    narrow = tokens.make_token("narrow", kind=TokenKind.RBI, scopes=["offers:write"], now=NOW).secret

    without = Reply(Client().post(f"{ROOT}/identify", body, content_type="application/json"))
    refusals = [rbi.send(*IDENTIFY, body, key=key) for key in (bearer, narrow)]

    assert (without.status, without.code) == (401, "Unauthorized")
    assert [(one.status, one.code) for one in refusals] == [(401, "Unauthorized"), (403, "Forbidden")]


def test_an_unknown_transaction_says_so(rbi: Till, found: Reply) -> None:
    for (method, path), unknown in product(CALLS[1:], [NOT_FOUND, "4711", "no-such-thing"]):
        refused = rbi.send(method, path.format(id=unknown), body_for(path, found) | {"transactionId": unknown})
        assert (refused.status, refused.code) == (404, "TransactionNotFoundError")


def test_another_members_transaction_is_unknown(rbi: Till, found: Reply) -> None:
    for (method, path), loyalty_id in product(CALLS[1:], [NOT_FOUND, "4711"]):
        refused = rbi.send(method, at(path, found), body_for(path, found) | {"loyaltyId": loyalty_id})
        assert (refused.status, refused.code) == (404, "TransactionNotFoundError")
    assert TillTransaction.objects.get().state == "OPENED"


def test_a_body_of_another_transaction_is_refused(rbi: Till, found: Reply) -> None:
    for method, path in CALLS[1:]:
        refused = rbi.send(method, at(path, found), body_for(path, found) | {"transactionId": NOT_FOUND})
        assert (refused.status, refused.code) == (400, "ValidationError")
        assert list(refused.body["details"]["errors"]) == ["transactionId"]


UNREADABLE: list[tuple[str | bytes, int, str]] = [
    ("{", 400, "BadRequest"),
    ("[]", 400, "BadRequest"),
    ('"text"', 400, "BadRequest"),
    ('{"identifier": NaN}', 400, "BadRequest"),
    (b'{"status": "\xff"}', 400, "BadRequest"),
    ('{"status": "\\u0000", "identifier": "\\u0000"}', 400, "ValidationError"),
    ('{"status": "\\ud800", "identifier": "\\ud800"}', 400, "ValidationError"),
    ("[" * 100_000, 400, "BadRequest"),
    ('{"identifier": "' + "x" * 3_000_000 + '"}', 413, "PayloadTooLarge"),
]


def test_what_cannot_be_read_is_refused(rbi: Till, found: Reply) -> None:
    for (method, path), (content, status, code) in product(CALLS, UNREADABLE):
        refused = rbi.send(method, at(path, found), content)
        assert (refused.status, refused.code, refused.body["isEngineError"]) == (status, code, False), content[:40]


DETAILS = "transactionDetails"
WRONG: list[tuple[str, dict[str, Any]]] = [
    (f"{DETAILS}.order.0.price", {"order": [item("4,00")]}),
    (f"{DETAILS}.order.0.price", {"order": [item("-1")]}),
    (f"{DETAILS}.order.0.price", {"order": [item("1e9")]}),
    (f"{DETAILS}.order.0.price", {"order": [item(1e300)]}),
    (f"{DETAILS}.order.0.quantity", {"order": [item(1, quantity=-1)]}),
    (f"{DETAILS}.order.0.quantity", {"order": [item(1, quantity=10**30)]}),
    (f"{DETAILS}.order.0.quantity", {"order": [item(1) | {"quantity": "1.5"}]}),
    (f"{DETAILS}.order.0.tax", {"order": [item(1, tax=True)]}),
    (f"{DETAILS}.order", {"order": {}}),
    (f"{DETAILS}.order", {"order": [item(1)] * 1001}),
    (f"{DETAILS}.order", {"order": [item("9999999")] * 2}),
    (f"{DETAILS}.order", {"order": [item("9999999", quantity=10_000)] * 1000}),
    (f"{DETAILS}.payments.0.amount", {"payments": [{"type": "CASH"}]}),
    (f"{DETAILS}.payments.0.amount", {"payments": [{"amount": 4.5, "type": "CASH"}]}),
    (f"{DETAILS}.currency", {"currency": "XXX"}),
    (f"{DETAILS}.currency", {"currency": "euro"}),
    (
        f"{DETAILS}.appliedDiscounts.0.details.discountValue",
        {"appliedDiscounts": [{"details": {"discountValue": "x"}}]},
    ),
]


def test_a_wrong_field_is_named(rbi: Till, found: Reply) -> None:
    for field, changed in WRONG:
        body = basket(found)
        body[DETAILS] |= changed
        for refused in (rbi.update(found, body), rbi.validate(found, body)):
            assert (refused.status, refused.code) == (400, "ValidationError")
            assert list(refused.body["details"]["errors"]) == [field]
    assert (TillTransaction.objects.get().state, ProcessedOrder.objects.exists()) == ("OPENED", False)


@pytest.mark.parametrize("missing", ["status", DETAILS])
def test_a_missing_field_is_named(rbi: Till, found: Reply, missing: str) -> None:
    body = basket(found)
    del body[missing]

    assert list(rbi.update(found, body).body["details"]["errors"]) == [missing]


def test_a_wrong_header_is_named(rbi: Till, noor: Contact) -> None:
    for name, value in (
        ("x-region", "Netherlands"),
        ("x-user-datetime", "today"),
        ("x-user-datetime", "0001-01-01T00:00:00"),
    ):
        refused = rbi.identify(str(noor.uuid), headers={name: value})
        assert (refused.status, refused.code) == (400, "ValidationError")
        assert list(refused.body["details"]["errors"]) == [name]


# Addresses, methods, our own failure ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/nothing", "/transaction", "/transaction/pos/a/b/c", "//", "/api/rbi/", "/api/rbi/x"]
)
def test_an_unknown_address_is_a_refusal(rbi: Till, path: str) -> None:
    refused = rbi.send("GET", path)

    assert (refused.status, refused.code) == (404, "NotFound")


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("wrong", ["GET", "DELETE", "PATCH"])
def test_a_wrong_method_is_a_refusal_that_says_which_is_right(
    rbi: Till, found: Reply, method: str, path: str, wrong: str
) -> None:
    refused = rbi.send(wrong, at(path, found))

    assert (refused.status, refused.code) == (405, "MethodNotAllowed")
    assert method in refused.response["Allow"]


def test_a_failure_of_ours_is_a_refusal(rbi: Till, found: Reply, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("forced")

    monkeypatch.setattr("loyalty.till_identifying.identify", fail)
    for name in ("validate", "update", "void"):
        monkeypatch.setattr(f"loyalty.till_transactions.{name}", fail)

    for method, path in CALLS:
        refused = rbi.send(method, at(path, found), body_for(path, found))
        assert (refused.status, refused.code, refused.body["isEngineError"]) == (500, "InternalServerError", False)


def test_calling_too_often_says_how_long_to_wait(rbi: Till, noor: Contact, settings: Settings) -> None:
    settings.API_CALLS_PER_MINUTE = 1
    rbi.scan(noor)

    refused = rbi.identify(str(noor.uuid))

    assert (refused.status, refused.code) == (429, "TooManyRequests")
    assert 1 <= int(refused.response["Retry-After"]) <= 60
