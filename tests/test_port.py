"""The contract of the loyalty port: whatever stands behind it must pass this (loyalty/port.py says it in words).

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
    AppliedDiscount,
    Asker,
    CatalogueProduct,
    Changes,
    Charge,
    Conflict,
    Consent,
    ConsentKind,
    InvalidDetails,
    InvalidDocument,
    Loyalty,
    NotEnoughPoints,
    OfferTaken,
    OfferUnavailable,
    OrderDocument,
    OrderLine,
    OutOfStock,
    PointsResult,
    RedemptionKind,
    ReturnDocument,
    ReturnedLine,
    Shop,
    SignUp,
    TooMuchReturned,
    TooOften,
    UnknownContact,
    UnknownOffer,
    UnknownOrder,
    VoucherLink,
    WrongCode,
    WrongKey,
    load,
)
from tests.loyalty.benches import TEN_PERCENT, Bench, EmbeddedBench
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


# Offers ---------------------------------------------------------------------------------------------------------------


def test_a_wallet_shows_balance_vouchers_and_rewards_in_and_out_of_reach(
    bench: Bench, programme: Loyalty, member: str
) -> None:
    bench.give_points(member, 120)
    code = bench.issue_voucher(member, expires_at=LATER)
    cheap, dear = bench.make_reward(points=100), bench.make_reward(points=160)
    bench.make_reward(collected_later=False)
    bench.make_reward(active=False)

    wallet = programme.wallet(member, shop="demo", now=NOW)

    assert (wallet.balance, wallet.available_points) == (120, 120)
    assert [(voucher.code, voucher.expires_at, voucher.held_until) for voucher in wallet.vouchers] == [
        (code, LATER, None)
    ]
    assert wallet.vouchers[0].attributes == TEN_PERCENT
    assert [(reward.id, reward.points, reward.missing_points) for reward in wallet.rewards] == [
        (cheap, 100, 0),
        (dear, 160, 40),
    ]


def test_a_voucher_is_found_by_its_code_as_typed_and_by_its_id(bench: Bench, programme: Loyalty, member: str) -> None:
    code = bench.issue_voucher(None)

    found = programme.find_voucher(member, f" {code.lower()} ", now=NOW)

    assert found.code == code
    assert programme.find_voucher(member, found.id, now=NOW) == found


def test_a_foreign_voucher_is_an_unknown_one(bench: Bench, programme: Loyalty, member: str, stranger: str) -> None:
    code = bench.issue_voucher(stranger)
    voucher_id = programme.find_voucher(stranger, code, now=NOW).id

    for reference in (code, voucher_id, "NOSUCHCODE", str(uuid.uuid4()), ""):
        with pytest.raises(UnknownOffer):
            programme.find_voucher(member, reference, now=NOW)
    with pytest.raises(UnknownOffer):
        programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW)


def test_a_voucher_that_is_over_says_so(bench: Bench, programme: Loyalty, member: str) -> None:
    for code in (bench.issue_voucher(member, expires_at=NOW), bench.issue_voucher(member, active=False)):
        with pytest.raises(OfferUnavailable):
            programme.find_voucher(member, code, now=NOW)


def voucher_of(bench: Bench, member: str, **fields: object) -> str:
    code = bench.issue_voucher(member, **fields)  # type: ignore[arg-type]
    return bench.programme.find_voucher(member, code, now=NOW).id


def test_a_hold_is_the_baskets_own_until_it_ends(bench: Bench, programme: Loyalty, member: str) -> None:
    voucher_id = voucher_of(bench, member)

    hold = programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW)
    again = programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW)
    with pytest.raises(OfferTaken) as refused:
        programme.lock(member, voucher_id, holder="order-2", until=LATER, now=NOW)

    assert hold.until > NOW
    assert again.release_key == hold.release_key
    assert refused.value.until in {hold.until, None}
    after = max(hold.until, LATER) + timedelta(seconds=1)
    taken = programme.lock(member, voucher_id, holder="order-2", until=after + timedelta(minutes=15), now=after)
    assert taken.release_key != hold.release_key


def test_a_hold_is_ended_by_its_key_and_no_other(bench: Bench, programme: Loyalty, member: str) -> None:
    voucher_id = voucher_of(bench, member)
    hold = programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW)

    for key in (str(uuid.uuid4()), "nonsense"):
        with pytest.raises(WrongKey):
            programme.release(voucher_id, release_key=key, now=NOW)
    for _repeat in range(2):
        programme.release(voucher_id, release_key=hold.release_key, now=NOW)

    programme.lock(member, voucher_id, holder="order-2", until=LATER, now=NOW)


def redeem(programme: Loyalty, member: str, voucher_id: str, key: str, order: str = "order-1") -> str:
    link = programme.redeem(member, voucher_id, order=order, release_key=key, shop="demo", now=NOW)
    assert (link.kind, link.offer_id) == (RedemptionKind.VOUCHER, voucher_id)
    return link.id


def test_a_voucher_is_redeemed_once_per_order_and_not_for_another(
    bench: Bench, programme: Loyalty, member: str
) -> None:
    voucher_id = voucher_of(bench, member)
    key = programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW).release_key

    first, again = (redeem(programme, member, voucher_id, key) for _repeat in range(2))

    assert first == again
    with pytest.raises(OfferUnavailable):
        redeem(programme, member, voucher_id, "", order="order-2")
    with pytest.raises(OfferUnavailable):
        programme.release(voucher_id, release_key=key, now=NOW)
    assert programme.wallet(member, shop="demo", now=NOW).vouchers == ()


def test_a_voucher_with_uses_left_is_still_there(bench: Bench, programme: Loyalty, member: str) -> None:
    voucher_id = voucher_of(bench, member, uses=3)
    key = programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW).release_key
    redeem(programme, member, voucher_id, key)

    assert [voucher.uses_left for voucher in programme.wallet(member, shop="demo", now=NOW).vouchers] == [2]


def test_a_lost_hold_is_taken_again_if_the_voucher_is_free(bench: Bench, programme: Loyalty, member: str) -> None:
    voucher_id = voucher_of(bench, member)
    key = programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW).release_key
    programme.release(voucher_id, release_key=key, now=NOW)

    assert redeem(programme, member, voucher_id, key)


def test_a_voucher_that_another_basket_took_meanwhile_is_an_overrun(
    bench: Bench, programme: Loyalty, member: str
) -> None:
    voucher_id = voucher_of(bench, member)
    key = programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW).release_key
    programme.release(voucher_id, release_key=key, now=NOW)
    programme.lock(member, voucher_id, holder="order-2", until=LATER, now=NOW)

    with pytest.raises(OfferTaken):
        redeem(programme, member, voucher_id, key)


def test_a_reversed_voucher_can_be_used_again(bench: Bench, programme: Loyalty, member: str) -> None:
    voucher_id = voucher_of(bench, member)
    link = programme.redeem(member, voucher_id, order="order-1", release_key="", shop="demo", now=NOW)

    for _repeat in range(2):
        programme.reverse(link, now=NOW)

    assert [voucher.id for voucher in programme.wallet(member, shop="demo", now=NOW).vouchers] == [voucher_id]
    redeem(programme, member, voucher_id, "", order="order-2")


def test_an_unknown_redemption_cannot_be_reversed(bench: Bench, programme: Loyalty, member: str) -> None:
    voucher_id = voucher_of(bench, member)
    link = programme.redeem(member, voucher_id, order="order-1", release_key="", shop="demo", now=NOW)

    for redemption_id in (str(uuid.uuid4()), "nonsense"):
        with pytest.raises(UnknownOffer):
            programme.reverse(replace(link, id=redemption_id), now=NOW)


# Rewards --------------------------------------------------------------------------------------------------------------


def buy(programme: Loyalty, member: str, reward_id: str, key: str = "key-1") -> str:
    return programme.buy(member, reward_id, purchase_key=key, shop="demo", now=NOW).collectable.id


def test_a_reward_is_bought_once_per_key_and_becomes_collectable(bench: Bench, programme: Loyalty, member: str) -> None:
    bench.give_points(member, 250)
    reward_id = bench.make_reward()

    purchase, again = (
        programme.buy(member, reward_id, purchase_key="key-1", shop="demo", now=NOW) for _repeat in range(2)
    )

    assert (purchase.new_balance, again.new_balance) == (150, 150)
    wallet = programme.wallet(member, shop="demo", now=NOW)
    assert wallet.collectables == (purchase.collectable,) == (again.collectable,)
    assert (purchase.collectable.reward_id, purchase.collectable.points) == (reward_id, 100)


def test_a_reward_out_of_reach_names_the_missing_points(bench: Bench, programme: Loyalty, member: str) -> None:
    bench.give_points(member, 60)
    reward_id = bench.make_reward()

    with pytest.raises(NotEnoughPoints) as refused:
        buy(programme, member, reward_id)

    assert refused.value.missing == 40
    assert balance(programme, member) == 60


def test_what_cannot_be_bought_takes_no_points(bench: Bench, programme: Loyalty, member: str) -> None:
    bench.give_points(member, 300)

    with pytest.raises(OutOfStock):
        buy(programme, member, bench.make_reward(stock=0))
    with pytest.raises(OfferUnavailable):
        buy(programme, member, bench.make_reward(active=False))
    for reward_id in (bench.make_reward(collected_later=False), str(uuid.uuid4()), "nonsense"):
        with pytest.raises(UnknownOffer):
            buy(programme, member, reward_id)

    assert balance(programme, member) == 300


def test_a_purchase_key_does_not_buy_another_reward(bench: Bench, programme: Loyalty, member: str) -> None:
    bench.give_points(member, 300)
    buy(programme, member, bench.make_reward())

    with pytest.raises(Conflict):
        buy(programme, member, bench.make_reward())

    assert balance(programme, member) == 200


def test_an_uncollected_purchase_can_be_undone(bench: Bench, programme: Loyalty, member: str, stranger: str) -> None:
    bench.give_points(member, 100)
    collectable_id = buy(programme, member, bench.make_reward())
    with pytest.raises(UnknownOffer):
        programme.undo_purchase(stranger, collectable_id, now=NOW)

    assert programme.undo_purchase(member, collectable_id, now=NOW) == 100
    assert programme.wallet(member, shop="demo", now=NOW).collectables == ()


def test_a_collectable_is_collected_by_one_order_once(bench: Bench, programme: Loyalty, member: str) -> None:
    bench.give_points(member, 100)
    collectable_id = buy(programme, member, bench.make_reward())

    first, again = (
        programme.collect(member, collectable_id, order="order-1", held_at=NOW, shop="demo", now=NOW)
        for _repeat in range(2)
    )

    assert (first, first.kind) == (again, RedemptionKind.COLLECTABLE)
    with pytest.raises((OfferTaken, OfferUnavailable)):
        programme.collect(member, collectable_id, order="order-2", held_at=NOW, shop="demo", now=NOW)
    with pytest.raises(OfferUnavailable):
        programme.undo_purchase(member, collectable_id, now=NOW)


def test_a_reversed_collection_is_collectable_again(bench: Bench, programme: Loyalty, member: str) -> None:
    bench.give_points(member, 100)
    collectable_id = buy(programme, member, bench.make_reward())
    link = programme.collect(member, collectable_id, order="order-1", held_at=NOW, shop="demo", now=NOW)

    for _repeat in range(2):
        programme.reverse(link, now=NOW)

    assert [offer.id for offer in programme.wallet(member, shop="demo", now=NOW).collectables] == [collectable_id]


def test_a_collectable_is_kept_for_a_basket_and_collected_by_it(bench: Bench, programme: Loyalty, member: str) -> None:
    bench.give_points(member, 100)
    collectable_id = buy(programme, member, bench.make_reward())

    holds = [
        programme.lock_collectable(member, collectable_id, holder="order-1", until=LATER, now=NOW)
        for _repeat in range(2)
    ]

    assert [hold.until for hold in holds] == [LATER, LATER]
    assert holds[0].release_key == holds[1].release_key
    assert bool(holds[0].release_key) == bench.holds_collectables
    shown = programme.wallet(member, shop="demo", now=NOW).collectables
    expected = LATER if bench.holds_collectables else None
    assert [(offer.id, offer.held_until) for offer in shown] == [(collectable_id, expected)]
    programme.collect(member, collectable_id, order="order-1", held_at=NOW, shop="demo", now=NOW)
    with pytest.raises((OfferUnavailable, UnknownOffer)):
        programme.lock_collectable(member, collectable_id, holder="order-2", until=LATER, now=NOW)


def test_a_collectable_that_one_basket_has_is_another_ones_after_it_was_let_go(
    bench: Bench, programme: Loyalty, member: str
) -> None:
    bench.give_points(member, 100)
    collectable_id = buy(programme, member, bench.make_reward())
    hold = programme.lock_collectable(member, collectable_id, holder="order-1", until=LATER, now=NOW)

    if bench.holds_collectables:  # else that two baskets do not share one is for the caller
        with pytest.raises(OfferTaken) as taken:
            programme.lock_collectable(member, collectable_id, holder="order-2", until=LATER, now=NOW)
        assert taken.value.until == LATER
        with pytest.raises(OfferTaken):
            programme.collect(member, collectable_id, order="order-2", held_at=NOW, shop="demo", now=NOW)
        with pytest.raises(OfferTaken):
            programme.undo_purchase(member, collectable_id, now=NOW)
        for key in (str(uuid.uuid4()), "nonsense"):
            with pytest.raises(WrongKey):
                programme.release_collectable(collectable_id, release_key=key, now=NOW)
    for _repeat in range(2):
        programme.release_collectable(collectable_id, release_key=hold.release_key, now=NOW)

    programme.lock_collectable(member, collectable_id, holder="order-2", until=LATER, now=NOW)


def test_nobody_keeps_a_collectable_that_is_not_theirs(
    bench: Bench, programme: Loyalty, member: str, stranger: str
) -> None:
    bench.give_points(member, 100)
    collectable_id = buy(programme, member, bench.make_reward())

    for contact_id, reference in ((stranger, collectable_id), (member, str(uuid.uuid4())), (member, "nonsense")):
        with pytest.raises(UnknownOffer):
            programme.lock_collectable(contact_id, reference, holder="order-1", until=LATER, now=NOW)

    shown = programme.wallet(member, shop="demo", now=NOW).collectables
    assert [(offer.id, offer.held_until) for offer in shown] == [(collectable_id, None)]


# Orders ---------------------------------------------------------------------------------------------------------------


def test_an_order_earns_once_and_says_the_same_again(programme: Loyalty, member: str) -> None:
    results = [programme.process_order(order(member), now=NOW) for _repeat in range(2)]

    assert results == [PointsResult(points=39, new_balance=39)] * 2
    assert balance(programme, member) == 39


def test_what_a_line_brought_about_later_can_be_told_and_earns_nothing(programme: Loyalty, member: str) -> None:
    document = order(member)
    programme.process_order(document, now=NOW)
    results = {document.lines[0].external_identifier: (VoucherLink(id="a"),)}

    for _repeat in range(2):
        programme.add_results(document.external_identifier, results, now=NOW)

    assert balance(programme, member) == 39


def test_the_same_identifier_with_other_content_is_a_conflict(programme: Loyalty, member: str) -> None:
    programme.process_order(order(member), now=NOW)

    with pytest.raises(Conflict):
        programme.process_order(order(member, 2950), now=NOW)

    assert balance(programme, member) == 39


def test_returns_take_points_by_what_is_kept_each_once(programme: Loyalty, member: str) -> None:
    programme.process_order(order(member), now=NOW)

    first = [programme.process_return(returned(1, 1950), now=NOW) for _repeat in range(2)]
    second = programme.process_return(returned(1, 1950, identifier="return-2"), now=NOW)

    assert first == [PointsResult(points=-20, new_balance=19)] * 2
    assert second == PointsResult(points=-19, new_balance=0)


def test_a_return_that_cannot_be_is_refused(programme: Loyalty, member: str) -> None:
    programme.process_order(order(member), now=NOW)

    with pytest.raises(UnknownOrder):
        programme.process_return(returned(1, 1950, order="order-2"), now=NOW)
    with pytest.raises(TooMuchReturned):
        programme.process_return(returned(3, 1950), now=NOW)
    unknown = ReturnedLine(external_identifier="line-9", quantity=1, net_cents=0)
    with pytest.raises(InvalidDocument):
        programme.process_return(replace(returned(1, 0), lines=(unknown,)), now=NOW)

    assert balance(programme, member) == 39


def bill(contact_id: str) -> OrderDocument:
    """3 x 3.33 with cheese at 0.50 each, 1.00 off the line, 2.01 off the order; a card sold; wine of which 0.29 is tax."""
    cheese = replace(_line("cheese", 50, 3), order_discount_cents=26)
    pizza = replace(
        _line("pizza", 333, 3), discount_cents=100, total_cents=899, order_discount_cents=155, sub_lines=(cheese,)
    )
    card = replace(_line("card", 2500, 1), earns_points=False)
    wine = replace(_line("wine", 141, 1), order_discount_cents=20, tax_cents=29)
    return replace(
        order(contact_id),
        order_amount_cents=899 + 150 + 2500 + 141,
        total_discount_cents=301,
        total_cents=899 + 150 + 2500 + 141 - 201 + 29 + 300,
        lines=(pizza, card, wine),
        discounts=(
            AppliedDiscount(external_identifier="d1", name="Pizza", cents=100, line_identifiers=("pizza",)),
            AppliedDiscount(external_identifier="d2", name="Order", cents=201),
        ),
        charges=(
            Charge(external_identifier="c1", type="TAX", cents=29),
            Charge(external_identifier="c2", type="GRATUITY", cents=300),
        ),
    )


def _line(identifier: str, cents: int, quantity: int) -> OrderLine:
    return OrderLine(
        external_identifier=identifier,
        name=identifier.title(),
        sku=identifier.upper(),
        quantity=quantity,
        price_cents=cents,
        total_cents=cents * quantity,
    )


def test_points_are_counted_to_the_cent_and_taken_back_so(programme: Loyalty, member: str) -> None:
    # What earns is 899 - 155 + 150 - 26 + 141 - 20 + 29 = 1018 cents.
    earned = programme.process_order(bill(member), now=NOW)
    parts = [
        [ReturnedLine(external_identifier="cheese", quantity=1, net_cents=42)],  # 976 kept
        [ReturnedLine(external_identifier="wine", quantity=1, net_cents=150)],  # 826 kept
        [
            ReturnedLine(external_identifier="pizza", quantity=3, net_cents=744),
            ReturnedLine(external_identifier="cheese", quantity=2, net_cents=82),
        ],
    ]

    taken = [
        programme.process_return(
            ReturnDocument(
                external_identifier=f"return-{number}", order_identifier="order-1", returned_at=NOW, lines=tuple(lines)
            ),
            now=NOW,
        )
        for number, lines in enumerate(parts)
    ]

    assert earned == PointsResult(points=10, new_balance=10)
    assert [(one.points, one.new_balance) for one in taken] == [(-1, 9), (-1, 8), (-8, 0)]


def test_what_was_used_is_named_on_the_order(bench: Bench, programme: Loyalty, member: str) -> None:
    voucher_id = voucher_of(bench, member)
    link = programme.redeem(member, voucher_id, order="order-1", release_key="", shop="demo", now=NOW)
    discount = AppliedDiscount(external_identifier="d1", name="10% off", cents=390, redemption=link)
    document = order(member)
    pizza = replace(document.lines[0], order_discount_cents=390)

    result = programme.process_order(
        replace(document, total_discount_cents=390, total_cents=3510, lines=(pizza,), discounts=(discount,)), now=NOW
    )

    assert result == PointsResult(points=35, new_balance=35)


def test_a_return_makes_a_balance_negative_if_the_points_are_spent(
    bench: Bench, programme: Loyalty, member: str
) -> None:
    programme.process_order(order(member), now=NOW)
    buy(programme, member, bench.make_reward(points=30))

    assert programme.process_return(returned(2, 3900), now=NOW) == PointsResult(points=-39, new_balance=-30)
    wallet = programme.wallet(member, shop="demo", now=NOW)
    assert (wallet.balance, wallet.available_points) == (-30, 0)


def test_the_catalogue_can_be_synced_again_and_again(programme: Loyalty) -> None:
    menu = [CatalogueProduct(sku="PIZZA", name="Margherita", categories={"pizza": "Pizza"})]

    for _repeat in range(2):
        programme.sync_catalogue(Shop(reference="demo", name="Demo"), menu, now=NOW)


def test_the_settings_name_the_backend() -> None:
    assert isinstance(load(), EmbeddedLoyalty)
