"""The contract of the loyalty port for what a menu sells of the programme: issued once, taken back unused (loyalty/port.py)."""

import uuid
from datetime import timedelta

import pytest

from loyalty import money
from loyalty.backends.leat.sold import LeatSales
from loyalty.models import MoneyEntry, Promotion
from loyalty.port import (
    Asker,
    GiftCardUnavailable,
    IssuedVoucher,
    Loyalty,
    MoneyKind,
    MoneyLink,
    OfferTaken,
    OfferUnavailable,
    UnknownGiftCard,
    UnknownOffer,
    VoucherLink,
)
from tests.loyalty.benches import Bench, EmbeddedBench
from tests.loyalty.factories import NOW, PromotionFactory
from tests.test_port import LATER, member, programme, stranger

__all__ = ["member", "programme", "stranger"]  # the contract's own fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def bench() -> Bench:
    """The programmes that a menu sells of: only ours."""
    return EmbeddedBench()


def promotion_of(**fields: object) -> str:
    made: Promotion = PromotionFactory.create(**fields)
    return str(made.uuid)


def issue(programme: Loyalty, owner: str, promotion_id: str, key: str = "line:1") -> IssuedVoucher:
    return programme.issue_voucher(owner, promotion_id, key=key, shop="demo", now=NOW)


def redeem(programme: Loyalty, owner: str, sold: IssuedVoucher) -> None:
    programme.redeem(owner, sold.link.id, order="o1", release_key="", shop="demo", now=NOW)


def test_a_voucher_sold_is_issued_once_per_key_to_its_buyer(programme: Loyalty, member: str, stranger: str) -> None:
    promotion_id = promotion_of(expiration_duration=timedelta(days=30))

    first, again = (issue(programme, member, promotion_id) for _time in range(2))

    assert first == again
    assert (first.link.kind, first.expires_at) == ("VOUCHER", NOW + timedelta(days=30))
    assert [offer.id for offer in programme.wallet(member, shop="demo", now=NOW).vouchers] == [first.link.id]
    with pytest.raises(UnknownOffer):
        programme.find_voucher(stranger, first.code, now=NOW)


def test_one_sold_to_nobody_is_of_whoever_has_its_code(programme: Loyalty, member: str) -> None:
    promotion_id = promotion_of()

    first, again = (issue(programme, "", promotion_id) for _time in range(2))

    assert first == again
    assert programme.wallet(member, shop="demo", now=NOW).vouchers == ()
    assert programme.find_voucher(member, first.code, now=NOW).id == first.link.id


def test_limits_hold_and_a_repeat_is_no_more(programme: Loyalty, member: str) -> None:
    promotion_id = promotion_of(voucher_limit=1)
    first = issue(programme, member, promotion_id)

    with pytest.raises(OfferUnavailable):
        issue(programme, member, promotion_id, key="line:2")
    for unknown in (str(uuid.uuid4()), "nonsense", ""):
        with pytest.raises(UnknownOffer):
            issue(programme, member, unknown)

    Promotion.objects.update(is_active=False)
    assert issue(programme, member, promotion_id) == first


def test_an_unused_voucher_is_taken_back_once_and_cannot_be_used_any_more(programme: Loyalty, member: str) -> None:
    sold = issue(programme, member, promotion_of())
    before = programme.untouched([sold.link], now=NOW)

    for _time in range(2):
        programme.take_back(sold.link, now=NOW)

    assert before == {sold.link.id}
    assert programme.wallet(member, shop="demo", now=NOW).vouchers == ()
    with pytest.raises(OfferUnavailable):
        redeem(programme, member, sold)


def test_a_voucher_that_was_used_or_is_held_is_not_taken_back(programme: Loyalty, member: str) -> None:
    promotion_id = promotion_of()
    used, held = issue(programme, member, promotion_id), issue(programme, member, promotion_id, key="line:2")
    redeem(programme, member, used)
    programme.lock(member, held.link.id, holder="o2", until=LATER, now=NOW)

    assert programme.untouched([used.link, held.link], now=NOW) == frozenset()
    with pytest.raises(OfferUnavailable):
        programme.take_back(used.link, now=NOW)
    with pytest.raises(OfferTaken):
        programme.take_back(held.link, now=NOW)

    assert programme.untouched([used.link, held.link], now=LATER) == {held.link.id}


def test_a_full_gift_card_is_emptied_and_closed_and_a_spent_one_is_not(bench: Bench, programme: Loyalty) -> None:
    bench.make_gift_card(cents=100)
    full, spent = (
        programme.issue_gift_card(2500, currency="EUR", key=f"line:{number}", shop="demo", now=NOW)
        for number in range(2)
    )
    asker = Asker(guest_id=uuid.uuid4(), ip_address="192.0.2.1")
    card = programme.find_gift_card(spent.code, asker=asker, now=NOW)
    programme.spend_money(card.kind, card.id, 1, currency="EUR", source="p1", shop="demo", now=NOW)
    before = programme.untouched([full.link, spent.link], now=NOW)

    for _time in range(2):
        programme.take_back(full.link, now=NOW)

    assert before == programme.untouched([full.link], now=LATER) == {full.link.id}
    with pytest.raises(GiftCardUnavailable):
        programme.find_gift_card(full.code, asker=asker, now=NOW)
    with pytest.raises(GiftCardUnavailable):
        programme.take_back(spent.link, now=NOW)
    assert programme.find_gift_card(spent.code, asker=asker, now=NOW).balance_cents == 2499


def test_a_gift_card_whose_sale_a_till_reversed_is_not_taken_for_taken_back(bench: Bench, programme: Loyalty) -> None:
    bench.make_gift_card(cents=100)
    sold = programme.issue_gift_card(2500, currency="EUR", key="line:1", shop="demo", now=NOW)
    money.reverse(MoneyEntry.objects.get(uuid=sold.link.id), now=NOW)

    assert programme.untouched([sold.link], now=NOW) == frozenset()
    with pytest.raises(GiftCardUnavailable):
        programme.take_back(sold.link, now=NOW)


def test_what_is_not_there_cannot_be_taken_back(programme: Loyalty) -> None:
    with pytest.raises(UnknownOffer):
        programme.take_back(VoucherLink(id=str(uuid.uuid4())), now=NOW)
    with pytest.raises(UnknownGiftCard):
        programme.take_back(MoneyLink(kind=MoneyKind.GIFT_CARD, id=str(uuid.uuid4())), now=NOW)


def test_an_account_at_leat_does_neither() -> None:
    sales, card = LeatSales(), MoneyLink(kind=MoneyKind.GIFT_CARD, id="1")

    assert sales.untouched([card], now=NOW) == frozenset()
    with pytest.raises(GiftCardUnavailable):
        sales.take_back(card, now=NOW)
    with pytest.raises(OfferUnavailable):
        sales.take_back(VoucherLink(id="1"), now=NOW)
    with pytest.raises(OfferUnavailable):
        sales.issue_voucher("", "1", key="k", shop="demo", now=NOW)
