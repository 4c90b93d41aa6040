"""A till and a diner's phone, or two tills, want the same offer at the same moment: one has it, the other is told."""

import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from loyalty import till_identifying, till_transactions
from loyalty.backends.embedded import EmbeddedLoyalty
from loyalty.models import (
    Contact,
    PointsEntry,
    Redemption,
    Reward,
    RewardReception,
    Shop,
    TillTransaction,
    Voucher,
    VoucherState,
)
from loyalty.port import OfferTaken, OfferUnavailable
from loyalty.till_documents import NamedOffer, TillBasket, TillContext, TillLine, TillPoints
from loyalty.till_errors import NotClaimable
from loyalty.till_judging import RulesBroken
from tests.loyalty.api.rbi.tills import mark
from tests.loyalty.factories import NOW, RewardFactory, VoucherFactory, member
from tests.parallel import at_once, of_type
from tests.scale import size

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.prove(ci=True)]

ROUNDS = size(ci=3 if connection.vendor == "sqlite" else 6, full=100)
SMALL = size(ci=1 if connection.vendor == "sqlite" else 3, full=20)
LATER = NOW + timedelta(minutes=5)
STORE = TillContext(store="demo")


@pytest.fixture
def noor(db: None) -> Contact:
    Shop.objects.create(reference="demo", name="Demo")
    return member(10_000)


def identify(contact: Contact) -> str:
    return till_identifying.identify(str(contact.uuid), asked_by="t", context=STORE, now=NOW).transaction_id


def claim(transaction_id: str, *named: NamedOffer) -> TillPoints:
    line = TillLine(name="soup", product_code="SOUP", type="item", quantity=1, unit_cents=500, reference="1")
    return till_transactions.update(
        transaction_id,
        TillBasket(currency="EUR", lines=(line,), named=named),
        status="CLAIMED",
        contact_id="",
        digest=transaction_id,
        context=STORE,
        now=LATER,
    )


def discount(voucher: Voucher) -> NamedOffer:
    return NamedOffer(engine_id=str(voucher.uuid), is_discount=True)


def check_out(contact: Contact, voucher: Voucher, order: str) -> str:
    """Be a phone: take the voucher onto the basket, pay, redeem; return the redemption."""
    programme, contact_id = EmbeddedLoyalty(), str(contact.uuid)
    held = programme.lock(contact_id, str(voucher.uuid), holder=order, until=LATER + timedelta(minutes=5), now=LATER)
    return programme.redeem(
        contact_id, str(voucher.uuid), order=order, release_key=held.release_key, shop="demo", now=LATER
    ).id


def test_a_claim_and_a_checkout_never_both_use_a_voucher(noor: Contact) -> None:
    winners: Counter[str] = Counter()
    for number in range(ROUNDS):
        voucher: Voucher = VoucherFactory.create(contact=noor)
        opened = identify(noor)  # holds nothing: the voucher is named with the claim

        def run(who: int, number: int = number, voucher: Voucher = voucher, opened: str = opened) -> object:
            if who == 0:
                return claim(opened, discount(voucher))
            time.sleep(number % 6 * 0.008)  # a claim has more to do before it comes to the voucher
            return check_out(noor, voucher, f"order-{number}")

        at_till, on_phone = at_once(2, run)

        assert isinstance(at_till, TillPoints | RulesBroken), at_till
        assert isinstance(on_phone, str | OfferTaken | OfferUnavailable), on_phone
        assert isinstance(at_till, TillPoints) != isinstance(on_phone, str)
        voucher.refresh_from_db()
        used = Redemption.objects.get(voucher=voucher)
        assert (voucher.times_redeemed, voucher.state(now=LATER)) == (1, VoucherState.REDEEMED)
        state = TillTransaction.objects.get(uuid=opened).state
        assert (state == "CLAIMED") == isinstance(at_till, TillPoints) == used.order_identifier.startswith("till:")
        winners["till" if isinstance(at_till, TillPoints) else "phone"] += 1

    print(f"{connection.vendor}: a till's CLAIMED and a checkout, {ROUNDS} rounds, winners {dict(winners)}")  # noqa: T201 - a proof prints its number
    assert winners.total() == ROUNDS


def test_a_lapsed_hold_has_one_winner_too(noor: Contact) -> None:
    for number in range(SMALL):
        voucher: Voucher = VoucherFactory.create(contact=noor)
        mark(noor, voucher)
        opened = identify(noor)
        Voucher.objects.filter(pk=voucher.pk).update(locked_until=NOW)

        def run(who: int, number: int = number, voucher: Voucher = voucher, opened: str = opened) -> object:
            return claim(opened, discount(voucher)) if who == 0 else check_out(noor, voucher, f"order-{number}")

        at_till, on_phone = at_once(2, run)

        assert isinstance(at_till, TillPoints) != isinstance(on_phone, str), (at_till, on_phone)
        assert Redemption.objects.filter(voucher=voucher).count() == 1


def test_of_two_tills_that_claim_one_voucher_one_has_it(noor: Contact) -> None:
    for _round in range(SMALL):
        voucher: Voucher = VoucherFactory.create(contact=noor)
        first = identify(noor)
        TillTransaction.objects.filter(uuid=first).update(held_until=NOW)  # lapsed: the second leaves it as it is
        second = identify(noor)

        def run(who: int, ids: tuple[str, str] = (first, second), voucher: Voucher = voucher) -> object:
            return claim(ids[who], discount(voucher))

        answers = at_once(2, run)

        assert len(of_type(answers, TillPoints)) == 1, answers
        assert len(of_type(answers, RulesBroken)) == 1
        assert Redemption.objects.filter(voucher=voucher).count() == 1


def test_one_claim_sent_six_times_happens_once(noor: Contact) -> None:
    for _round in range(SMALL):
        voucher, coffee = VoucherFactory.create(contact=noor), RewardFactory.create(stock=10)
        opened = identify(noor)
        before = PointsEntry.objects.count()
        named = (discount(voucher), NamedOffer(incentive_id=str(coffee.uuid)))

        def run(_who: int, opened: str = opened, named: tuple[NamedOffer, ...] = named) -> object:
            return claim(opened, *named)

        answers = at_once(6, run)

        assert len(of_type(answers, TillPoints)) == 6, answers
        assert len(set(answers)) == 1
        assert PointsEntry.objects.count() == before + 2
        assert Redemption.objects.filter(order_identifier=f"till:{opened}").count() == 2


def test_of_six_scans_at_once_one_holds_everything_in_the_end(noor: Contact) -> None:
    for _round in range(SMALL):
        TillTransaction.objects.open().update(state="VOID", held_until=None)
        Voucher.objects.update(deactivated_at=NOW)
        voucher: Voucher = VoucherFactory.create(contact=noor)
        coffee: Reward = RewardFactory.create(stock=1)
        mark(noor, voucher, coffee)

        answers = at_once(6, lambda _who: identify(noor))

        assert len(of_type(answers, str)) == 6, answers
        open_one = TillTransaction.objects.open().get()
        voucher.refresh_from_db()
        reception = RewardReception.objects.get(reward=coffee)
        assert voucher.locked_for == reception.locked_for == open_one.holder
        till_transactions.void(str(open_one.uuid), contact_id="", now=LATER)
        noor.till_marks.all().delete()


@pytest.mark.parametrize("is_lapsed", [False, True], ids=["held", "lapsed"])
def test_two_members_who_swap_their_rewards_do_not_wait_in_a_circle(noor: Contact, is_lapsed: bool) -> None:
    pair = (noor, member(10_000))
    rewards = [RewardFactory.create(stock=100), RewardFactory.create(stock=100)]
    for _round in range(SMALL):
        for contact, reward in zip(pair, rewards, strict=True):
            contact.till_marks.all().delete()
            mark(contact, reward)
            identify(contact)
            contact.till_marks.all().delete()
        rewards.reverse()
        for contact, reward in zip(pair, rewards, strict=True):
            mark(contact, reward)
        if is_lapsed:
            RewardReception.objects.locked(now=NOW).update(locked_until=NOW)
            TillTransaction.objects.open().update(held_until=NOW)

        answers = at_once(2, lambda who: identify(pair[who]))

        assert len(of_type(answers, str)) == 2, answers

    held = RewardReception.objects.locked(now=NOW).order_by("contact_id")
    assert [row.reward for row in held] == rewards
    assert list(Reward.objects.values_list("stock", flat=True)) == [99, 99]


def test_a_claim_and_a_void_at_once_leave_nothing_half_done(noor: Contact) -> None:
    for _round in range(SMALL):
        voucher: Voucher = VoucherFactory.create(contact=noor)
        opened = identify(noor)

        def run(who: int, voucher: Voucher = voucher, opened: str = opened) -> object:
            if who == 0:
                return claim(opened, discount(voucher))
            return till_transactions.void(opened, contact_id="", now=LATER)

        claimed, voided = at_once(2, run)

        assert isinstance(claimed, TillPoints | NotClaimable), claimed
        assert isinstance(voided, TillPoints), voided
        noor.refresh_from_db()
        voucher.refresh_from_db()
        assert (noor.balance, voucher.times_redeemed) == (10_000, 0)
        assert not Redemption.objects.filter(reversed_at=None).exists()
