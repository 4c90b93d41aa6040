"""The contract of the loyalty port: whatever stands behind it must pass this (loyalty/port.py says it in words).

Here people, and what all its parts share; each other part is in a file of its own: offers, rewards, orders, money, till, sold.
Another backend comes under the contract by a `Bench` of its own among the parameters of the fixture.
"""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import translation

from loyalty.backends.embedded import EmbeddedLoyalty
from loyalty.port import (
    AlreadyMember,
    Asker,
    CatalogueProduct,
    Changes,
    Consent,
    ConsentKind,
    InvalidDetails,
    Loyalty,
    OrderDocument,
    OrderLine,
    ReturnDocument,
    ReturnedLine,
    Shop,
    SignUp,
    TooOften,
    UnknownContact,
    WrongCode,
    load,
)
from tests.loyalty.benches import Bench, EmbeddedBench
from tests.loyalty.factories import NOW
from tests.loyalty.leat.running import LeatBench

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=15)


@pytest.fixture(params=["embedded", pytest.param("leat", marks=pytest.mark.once)])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with translation.override("en"):
        if request.param == "embedded":
            yield EmbeddedBench()
        else:
            yield LeatBench(request.getfixturevalue("leat_house"), request.getfixturevalue("leat_connection"))


@pytest.fixture
def programme(bench: Bench) -> Loyalty:
    return bench.programme


def form(email: str = "member@example.com", **fields: object) -> SignUp:
    terms = Consent(kind=ConsentKind.TERMS, granted=True, wording="I accept the terms.")
    return replace(SignUp(email=email, consents=(terms,), first_name="Noor"), **fields)  # type: ignore[arg-type]


@pytest.fixture
def member(programme: Loyalty) -> str:
    return programme.sign_up(form(), now=NOW)


@pytest.fixture
def stranger(programme: Loyalty) -> str:
    return programme.sign_up(form("stranger@example.com"), now=NOW)


def browser() -> Asker:
    return Asker(guest_id=uuid.uuid4(), ip_address="192.0.2.1")


def balance(programme: Loyalty, contact_id: str) -> int:
    return programme.wallet(contact_id, shop="demo", now=NOW).balance


def order(contact_id: str, cents: int = 1950, *, quantity: int = 2, identifier: str = "order-1") -> OrderDocument:
    pizza = OrderLine(
        external_identifier="line-1",
        name="Margherita",
        sku="PIZZA",
        quantity=quantity,
        price_cents=cents,
        total_cents=cents * quantity,
    )
    return OrderDocument(
        external_identifier=identifier,
        contact_id=contact_id,
        shop="demo",
        currency="EUR",
        paid_at=NOW,
        order_amount_cents=cents * quantity,
        total_discount_cents=0,
        total_cents=cents * quantity,
        lines=(pizza,),
    )


def returned(quantity: int, net_cents: int, *, identifier: str = "return-1", order: str = "order-1") -> ReturnDocument:
    return ReturnDocument(
        external_identifier=identifier,
        order_identifier=order,
        returned_at=NOW,
        lines=(ReturnedLine(external_identifier="line-1", quantity=quantity, net_cents=net_cents),),
    )


def voucher_of(bench: Bench, member: str, **fields: object) -> str:
    code = bench.issue_voucher(member, **fields)  # type: ignore[arg-type]
    return bench.programme.find_voucher(member, code, now=NOW).id


def buy(programme: Loyalty, member: str, reward_id: str, key: str = "key-1") -> str:
    return programme.buy(member, reward_id, purchase_key=key, shop="demo", now=NOW).collectable.id


# People ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", ["member@example.com", " Member@EXAMPLE.com"])
def test_a_member_is_found_by_address_in_any_case(programme: Loyalty, member: str, email: str) -> None:
    assert programme.find_contact(email, asker=browser(), now=NOW) == member


def test_an_unknown_address_finds_nobody(programme: Loyalty) -> None:
    assert programme.find_contact("nobody@example.com", asker=None, now=NOW) is None


def test_looking_addresses_up_is_limited_for_a_browser_but_not_for_the_site_itself(programme: Loyalty) -> None:
    asker = browser()

    def guess_a_hundred() -> None:
        for number in range(100):
            programme.find_contact(f"guess{number}@example.com", asker=asker, now=NOW)

    with pytest.raises(TooOften) as refused:
        guess_a_hundred()

    assert refused.value.retry_after > 0
    programme.find_contact("member@example.com", asker=None, now=NOW)


def test_signing_up_keeps_the_details(programme: Loyalty) -> None:
    contact_id = programme.sign_up(form(last_name="Bakker", birthdate=date(1990, 4, 12)), now=NOW)

    details = programme.details(contact_id)
    assert (details.email, details.first_name, details.last_name) == ("member@example.com", "Noor", "Bakker")
    assert (details.birthdate, details.is_verified) == (date(1990, 4, 12), False)
    assert details.consents == {"terms": True}


def test_signing_up_with_a_members_address_edits_nothing(programme: Loyalty, member: str) -> None:
    with pytest.raises(AlreadyMember):
        programme.sign_up(form(first_name="Somebody else"), now=NOW)

    assert programme.details(member).first_name == "Noor"


def test_signing_up_with_a_birthdate_in_the_future_is_refused_by_field(programme: Loyalty) -> None:
    with pytest.raises(InvalidDetails) as refused:
        programme.sign_up(form(birthdate=NOW.date() + timedelta(days=2)), now=NOW)

    assert list(refused.value.errors) == ["birthdate"]
    assert programme.find_contact("member@example.com", asker=None, now=NOW) is None


def test_a_code_identifies_the_member_in_the_browser_that_asked_and_proves_the_address(
    bench: Bench, programme: Loyalty, member: str
) -> None:
    asker = browser()
    programme.send_code("member@example.com", locale="en", asker=asker, now=NOW)
    code = bench.read_code("member@example.com")

    identified = programme.check_code(code, asker=asker, now=NOW)

    assert (identified.email, identified.contact_id) == ("member@example.com", member)
    assert identified.is_first_verification
    assert programme.details(member).is_verified


def test_a_second_code_is_no_first_verification(bench: Bench, programme: Loyalty, member: str) -> None:
    first = []
    for minute in range(2):
        asker = browser()
        now = NOW + timedelta(minutes=minute)
        programme.send_code("member@example.com", locale="en", asker=asker, now=now)
        code = bench.read_code("member@example.com")
        first.append(programme.check_code(code, asker=asker, now=now).is_first_verification)

    assert first == [True, False]


def test_a_used_code_and_another_browsers_code_are_wrong(bench: Bench, programme: Loyalty, member: str) -> None:
    asker = browser()
    programme.send_code("member@example.com", locale="en", asker=asker, now=NOW)
    code = bench.read_code("member@example.com")

    with pytest.raises(WrongCode):
        programme.check_code(code, asker=browser(), now=NOW)
    programme.check_code(code, asker=asker, now=NOW)
    with pytest.raises(WrongCode):
        programme.check_code(code, asker=asker, now=NOW)


def test_details_can_be_changed(programme: Loyalty, member: str) -> None:
    marketing = Consent(kind=ConsentKind.MARKETING, granted=True, wording="Send me offers.")

    programme.change_details(member, Changes(last_name="Visser", consents=(marketing,)), now=NOW)

    details = programme.details(member)
    assert (details.first_name, details.last_name) == ("Noor", "Visser")
    assert details.consents == {"terms": True, "marketing": True}


def test_a_member_can_be_exported_and_erased(programme: Loyalty, member: str) -> None:
    assert "member@example.com" in str(programme.export(member))

    programme.erase(member, now=NOW)

    assert programme.find_contact("member@example.com", asker=None, now=NOW) is None
    with pytest.raises(UnknownContact):
        programme.wallet(member, shop="demo", now=NOW)


@pytest.mark.parametrize("contact_id", ["", "nobody", str(uuid.uuid4())])
def test_an_unknown_member_is_told_so(programme: Loyalty, contact_id: str) -> None:
    for ask in (
        lambda: programme.details(contact_id),
        lambda: programme.export(contact_id),
        lambda: programme.wallet(contact_id, shop="demo", now=NOW),
        lambda: programme.process_order(order(contact_id), now=NOW),
    ):
        with pytest.raises(UnknownContact):
            ask()


# Menu and settings ----------------------------------------------------------------------------------------------------


def test_the_catalogue_can_be_synced_again_and_again(programme: Loyalty) -> None:
    menu = [CatalogueProduct(sku="PIZZA", name="Margherita", categories={"pizza": "Pizza"})]

    for _repeat in range(2):
        programme.sync_catalogue(Shop(reference="demo", name="Demo"), menu, now=NOW)


def test_the_settings_name_the_backend() -> None:
    assert isinstance(load(), EmbeddedLoyalty)
