"""What calls about contacts do beyond their answers: signing up, proving, writing, erasing."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from time_machine import travel

from loyalty import codes, identifiers, ledger, membership, personal_record, tokens
from loyalty.api.leat.webhook_bodies import write_body
from loyalty.api.leat.writing import write_attributes
from loyalty.errors import UnknownContact
from loyalty.models import (
    Challenge,
    ConsentRecord,
    Contact,
    ContactIdentifier,
    SessionKey,
    TokenKind,
    WebhookEvent,
    find_programme,
)
from tests.loyalty.api.calling import FORM, Caller, body_of, refusal_of
from tests.loyalty.factories import NOW, ContactFactory, PromotionFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


@pytest.fixture
def stopped_clock() -> Iterator[None]:
    with travel(NOW, tick=False):
        yield


def test_a_contact_made_by_a_program_is_unverified_and_welcome(leat: Caller) -> None:
    programme = find_programme()
    programme.welcome_promotion = PromotionFactory.create()
    programme.save()

    leat.json("POST", "/contacts", {"email": " New@Example.com "})

    contact = Contact.objects.get()
    assert (contact.email, contact.verified_at, contact.created_at) == ("new@example.com", None, NOW)
    assert [voucher.promotion for voucher in contact.vouchers.all()] == [programme.welcome_promotion]


def test_an_anonymous_contact_is_welcome_once_it_is_claimed(leat: Caller) -> None:
    programme = find_programme()
    programme.welcome_promotion = PromotionFactory.create()
    programme.save()
    uuid = body_of(leat.json("POST", "/contacts/anonymous", {}))["data"]["uuid"]
    contact = Contact.objects.get()
    assert contact.vouchers.count() == 0

    leat.json("PUT", f"/contacts/{uuid}/claim", {"email": "new@example.com"})

    assert contact.vouchers.count() == 1


def test_a_refused_sign_up_makes_nobody(leat: Caller) -> None:
    member(0, email="noor@example.com")

    for address in ("noor@example.com", "NOOR@example.com", "none", "a@b"):
        assert leat.json("POST", "/contacts", {"email": address}).status_code == 400

    assert Contact.objects.count() == 1


def test_the_right_code_proves_the_address_and_five_wrong_ones_end_it(leat: Caller) -> None:
    contact = ContactFactory.create(email="noor@example.com", verified_at=None)
    leat.json("POST", "/contact-verification/send", {"email": "noor@example.com"})
    right = codes.work_out(Challenge.objects.get())

    leat.json("POST", "/contact-verification/verify", {"email": "noor@example.com", "code": right})

    contact.refresh_from_db()
    assert contact.verified_at == NOW
    leat.json("POST", "/contact-verification/send", {"email": "noor@example.com"})
    right = codes.work_out(Challenge.objects.get(used_at=None))
    wrong = "000000" if right != "000000" else "000001"
    for code in (*[wrong] * 5, right):
        answer = leat.json("POST", "/contact-verification/verify", {"email": "noor@example.com", "code": code})
        assert refusal_of(answer) == (400, 13010)


def test_codes_asked_for_too_often_are_refused_until_the_minute_is_over(leat: Caller) -> None:
    ContactFactory.create(email="noor@example.com")
    answers = [leat.json("POST", "/contact-verification/send", {"email": "noor@example.com"}) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert refusal_of(answers[3]) == (429, 60000)
    assert answers[3].headers["Retry-After"] == "60"


def test_a_code_is_judged_for_the_program_that_asked_only(leat: Caller, db: None) -> None:
    ContactFactory.create(email="noor@example.com")
    leat.json("POST", "/contact-verification/send", {"email": "noor@example.com"})
    code = codes.work_out(Challenge.objects.get())
    other = Caller(tokens.make_token("other", kind=TokenKind.BEARER, now=NOW).secret)

    answer = other.json("POST", "/contact-verification/verify", {"email": "noor@example.com", "code": code})

    assert refusal_of(answer) == (400, 13010)


def test_a_refused_attribute_leaves_all_of_them_as_they_were(leat: Caller) -> None:
    contact = ContactFactory.create()

    answer = leat.json(
        "PUT", f"/contacts/{contact.uuid}", {"attributes": {"firstname": "Jo", "phonenumber": "ring me"}}
    )

    assert refusal_of(answer) == (400, 1003)
    contact.refresh_from_db()
    assert (contact.first_name, contact.attributes) == ("Noor", {})


def test_attributes_are_taken_away_by_null_and_by_nothing(leat: Caller) -> None:
    contact = ContactFactory.create(attributes={"phonenumber": "+31 20 123", "address": "Dam 1"})
    changes = {"firstname": None, "birthdate": "", "phonenumber": None, "address": ""}

    leat.json("PUT", f"/contacts/{contact.uuid}", {"attributes": changes})

    contact.refresh_from_db()
    assert (contact.first_name, contact.last_name, contact.birthdate) == ("", "Bakker", None)
    assert contact.attributes == {}


def test_a_choice_about_marketing_is_logged_once_with_the_program_that_told_it(leat: Caller) -> None:
    contact = ContactFactory.create()
    uuid = body_of(leat.get("/subscription-types"))["data"][0]["uuid"]
    for word in ("unsubscribe", "subscribe", "subscribe", "unsubscribe"):
        leat.json("PUT", f"/contact-subscriptions/{contact.uuid}/{word}", {"subscription_type_uuid": uuid})

    log = ConsentRecord.objects.filter(contact=contact)
    assert [(row.granted, row.wording) for row in log] == [(True, "API: test"), (False, "API: test")]


def test_erasing_takes_cards_and_session_keys_along_and_they_are_exported_before(leat: Caller) -> None:
    contact = ContactFactory.create()
    identifiers.create("CARD-1", name="Card", contact=contact, now=NOW)
    key = body_of(leat.get(f"/contact-verification/auth-token/{contact.uuid}"))["data"]
    assert personal_record.export(contact)["identifiers"][0]["value"] == "CARD-1"
    assert key not in {row.digest for row in SessionKey.objects.all()}

    leat.json("POST", f"/contacts/{contact.uuid}/delete", {"type": "DEFAULT"})

    assert not ContactIdentifier.objects.exists()
    assert not SessionKey.objects.exists()
    assert refusal_of(leat.get(f"/contact-session-tokens/{key}")) == (400, 13010)


def test_session_keys_end_by_themselves_and_are_forgotten(leat: Caller) -> None:
    contact = ContactFactory.create()
    key = body_of(leat.get(f"/contact-verification/auth-token/{contact.uuid}"))["data"]

    with travel(NOW + timedelta(minutes=15), tick=False):
        assert refusal_of(leat.get(f"/contact-session-tokens/{key}")) == (400, 13010)
        assert identifiers.forget_old(now=datetime.now(UTC)) == 1


def test_a_list_of_contacts_costs_as_many_queries_as_one(leat: Caller) -> None:
    first = member(10)
    leat.get("")
    leat.get(f"/contacts/{first.uuid}")
    with CaptureQueriesContext(connection) as alone:
        leat.get("/contacts")
    for _contact in range(8):
        member(10)

    with CaptureQueriesContext(connection) as many:
        answer = leat.get("/contacts", {"limit": 100})

    assert body_of(answer)["meta"]["total"] == 9
    assert len(many) == len(alone) <= 7


def test_pages_of_contacts_say_what_they_show(leat: Caller) -> None:
    for _contact in range(5):
        member(0)

    second = body_of(leat.get("/contacts", {"page": 2, "limit": 2}))
    beyond = body_of(leat.get("/contacts", {"page": 9, "limit": 500}))

    assert second["meta"] == {
        "page": 2,
        "limit": 2,
        "viewing_from": 3,
        "viewing_to": 4,
        "last_page": 3,
        "total": 5,
    }
    assert (beyond["data"], beyond["meta"]["viewing_from"], beyond["meta"]["limit"]) == ([], 0, 100)


def test_nothing_is_written_to_somebody_erased_since_they_were_looked_up() -> None:
    contact = member(0, email="noor@example.com")
    seen_before = Contact.objects.get(pk=contact.pk)
    membership.erase(contact, now=NOW)

    with pytest.raises(UnknownContact):
        write_attributes(seen_before, {"locale": "fr"}, now=NOW)

    contact.refresh_from_db()
    assert contact.locale == seen_before.locale != "fr"


def test_an_empty_map_as_php_writes_it_changes_nothing(leat: Caller) -> None:
    contact = member(0, first_name="Noor")

    response = leat.json("PUT", f"/contacts/{contact.uuid}", {"attributes": []})

    contact.refresh_from_db()
    assert (response.status_code, contact.first_name) == (200, "Noor")


def test_a_form_of_plain_utf_8_is_read(leat: Caller) -> None:
    contact = member(0)

    response = leat.send("PUT", f"/contacts/{contact.uuid}", "attributes[firstname]=Zoë".encode(), FORM)

    contact.refresh_from_db()
    assert (response.status_code, contact.first_name) == (200, "Zoë")


def test_the_balance_inside_an_answer_is_the_one_that_is_asked_for_by_itself(leat: Caller) -> None:
    contact = member(40, expires_at=NOW - timedelta(days=1), now=NOW - timedelta(days=9))
    ledger.adjust(contact, 7, reason="Sorry", by="staff", now=NOW - timedelta(days=2))
    entry = contact.points_entries.latest("pk")
    asked = {"contact_uuid": str(contact.uuid)}

    balance = body_of(leat.get(f"/contacts/{contact.uuid}/credit-balance"))["data"]["balance"]
    listed = body_of(leat.get("/loyalty-transactions", asked))["data"]
    told = json.loads(write_body(WebhookEvent.CREDIT_RECEPTION_CREATED, entry.uuid, now=NOW) or "")

    inside = [row["contact"]["credit_balance"]["balance"] for row in listed]
    assert (balance, inside) == (7, [7, 7])
    assert told["data"]["credit_reception"]["contact"]["credit_balance"]["balance"] == 7
