"""Codes at a till: found once, by their digest alone, not by trying; and marks that are looked at when the till asks."""

from collections import defaultdict
from datetime import timedelta

import pytest
from django.db import connection

from loyalty import membership, merging, personal_record, till, voucher_use
from loyalty.backends.embedded import EmbeddedLoyalty
from loyalty.errors import NoTills, TooOften, WrongCode
from loyalty.models import Contact, Programme, RewardReception, TillCode, TillMark, find_programme
from loyalty.port import MarkKind
from tests.loyalty.factories import (
    NOW,
    ContactFactory,
    RewardFactory,
    RewardReceptionFactory,
    VoucherFactory,
    member,
)
from tests.parallel import at_once, of_type

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def noor(db: None) -> Contact:
    """A member with 120 points."""
    return member(120)


def digits_of(contact: Contact) -> str:
    return till.work_out(till.make_code(contact, now=NOW))


# Codes ----------------------------------------------------------------------------------------------------------------


def test_a_code_names_its_member_once(noor: Contact) -> None:
    digits = digits_of(noor)

    found = till.use_code(f"{digits[:3]} {digits[3:]}", asked_by="till-1", now=LATER)

    assert found == noor
    assert TillCode.objects.get().used_at == LATER
    with pytest.raises(WrongCode):
        till.use_code(digits, asked_by="till-1", now=LATER)
    shown = EmbeddedLoyalty().till_code(str(noor.uuid), now=LATER)
    assert shown is not None
    assert (shown.digits, shown.is_used) == ("", True)


def test_a_code_past_its_time_or_replaced_names_nobody(noor: Contact) -> None:
    first = digits_of(noor)
    second = digits_of(noor)

    for digits, moment in ((first, NOW), (second, NOW + till.CODE_LIFE), ("", NOW), ("½½½½½½", NOW)):
        with pytest.raises(WrongCode):
            till.use_code(digits, asked_by="till-1", now=moment)

    assert TillCode.objects.filter(used_at=None).count() == 2


def test_no_code_is_kept_in_plain(noor: Contact) -> None:
    digits = digits_of(noor)

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM loyalty_tillcode")
        kept = [str(value) for row in cursor.fetchall() for value in row]

    assert not any(digits in value for value in kept if "-" not in value)
    assert len(TillCode.objects.get().digest) == 64


def test_two_members_never_share_a_code_that_a_till_would_take(noor: Contact, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter(["111111", "111111", "111111", "222222"])
    drawn: dict[object, str] = defaultdict(lambda: next(draws))
    monkeypatch.setattr(till, "work_out", lambda code: drawn[code.uuid])
    first = till.make_code(noor, now=NOW)
    other: Contact = ContactFactory.create()

    second = till.make_code(other, now=NOW)

    assert (till.work_out(first), till.work_out(second)) == ("111111", "222222")
    assert till.use_code("111111", asked_by="till-1", now=NOW) == noor
    assert till.use_code("222222", asked_by="till-1", now=NOW) == other


def test_a_code_past_its_time_gives_way_to_another_members(noor: Contact, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(till, "work_out", lambda _code: "111111")
    till.make_code(noor, now=NOW)
    other: Contact = ContactFactory.create()

    with pytest.raises(TooOften):
        till.make_code(other, now=LATER)
    till.make_code(other, now=NOW + till.CODE_LIFE)

    assert till.use_code("111111", asked_by="till-1", now=NOW + till.CODE_LIFE) == other


def test_trying_codes_out_is_stopped_for_one_till_and_in_all(noor: Contact) -> None:
    digits = digits_of(noor)
    wrong = "000000" if digits != "000000" else "000001"

    def try_out(asked_by: str, times: int) -> int:
        """Return how many of the tries were judged."""
        judged = 0
        for number in range(times):
            try:
                till.use_code(wrong, asked_by=asked_by, now=NOW + timedelta(seconds=number))
            except WrongCode:
                judged += 1
            except TooOften:
                break
        return judged

    first = try_out("till-1", 130)

    assert 60 <= first <= 100
    with pytest.raises(TooOften):
        till.use_code(digits, asked_by="till-1", now=NOW + timedelta(seconds=30))
    assert till.use_code(digits, asked_by="till-2", now=NOW + timedelta(seconds=30)) == noor


def test_tills_with_one_key_do_not_use_up_each_others_lookups(noor: Contact, monkeypatch: pytest.MonkeyPatch) -> None:
    digits = digits_of(noor)
    for _lookup in range(60):
        with pytest.raises(WrongCode):
            till.use_code("", asked_by="key", terminal="demo/1", now=NOW)

    with pytest.raises(TooOften):
        till.use_code(digits, asked_by="key", terminal="demo/1", now=NOW)
    monkeypatch.setattr(till, "LOOKUPS_OF_A_KEY", 60)
    with pytest.raises(TooOften):
        till.use_code(digits, asked_by="key", terminal="demo/2", now=NOW)
    monkeypatch.setattr(till, "LOOKUPS_OF_A_KEY", 61)
    assert till.use_code(digits, asked_by="key", terminal="demo/2", now=NOW) == noor


@pytest.mark.django_db(transaction=True)
def test_of_two_tills_that_ask_at_once_one_is_told(noor: Contact) -> None:
    digits = digits_of(noor)

    answers = at_once(8, lambda number: till.use_code(digits, asked_by=f"till-{number}", now=LATER))

    assert [answer for answer in answers if isinstance(answer, Contact)] == [noor]
    assert len(of_type(answers, WrongCode)) == 7


@pytest.mark.django_db(transaction=True)
def test_tabs_that_ask_at_once_leave_one_code_live(noor: Contact) -> None:
    made = at_once(6, lambda _number: till.make_code(noor, now=NOW))

    assert len(of_type(made, TillCode)) == 6
    assert TillCode.objects.live(now=NOW).count() == 1


def test_old_codes_are_forgotten(noor: Contact) -> None:
    digits_of(noor)
    digits_of(noor)

    assert till.forget_old(now=NOW + timedelta(hours=1)) == 0
    assert till.forget_old(now=NOW + till.CODE_LIFE + till.KEEP_CODES) == 2
    assert not TillCode.objects.exists()


# Marks ----------------------------------------------------------------------------------------------------------------


def test_a_till_is_told_what_was_marked_in_its_order(noor: Contact) -> None:
    vouchers = VoucherFactory.create_batch(3, contact=noor)
    bought: RewardReception = RewardReceptionFactory.create(contact=noor)
    rewards = RewardFactory.create_batch(2)
    for offer in (rewards[1], vouchers[2], bought, vouchers[0], rewards[0]):
        till.mark(offer, contact=noor, now=NOW)

    marked = till.find_marked(noor, now=LATER)

    assert marked.vouchers == (vouchers[2], vouchers[0])
    assert (marked.receptions, marked.rewards) == ((bought,), (rewards[1], rewards[0]))


def test_a_till_is_not_told_what_cannot_be_used_any_more(noor: Contact) -> None:
    held, used, several, kept = VoucherFactory.create_batch(4, contact=noor)
    several.total_redemptions_allowed = 2
    several.save()
    collected: RewardReception = RewardReceptionFactory.create(contact=noor)
    dear, scarce = RewardFactory.create(required_points=120), RewardFactory.create(stock=1)
    for offer in (held, used, several, kept, collected, dear, scarce):
        till.mark(offer, contact=noor, now=NOW)
    voucher_use.lock(held, contact=noor, holder="order-1", until=NOW + timedelta(hours=1), now=NOW)
    voucher_use.lock(several, contact=noor, holder="order-1", until=NOW + timedelta(hours=1), now=NOW)
    voucher_use.redeem(used, contact=noor, holder="order-2", release_key=None, shop=None, now=NOW)
    RewardReception.objects.update(collected_at=NOW)
    Contact.objects.update(balance=119)
    type(scarce).objects.filter(pk=scarce.pk).update(stock=0)

    marked = till.find_marked(noor, now=LATER)

    assert marked == till.Marked(vouchers=(several, kept), receptions=(), rewards=())
    # The hold lapses and nobody took the voucher: it is the till's again.
    assert held in till.find_marked(noor, now=NOW + timedelta(hours=2)).vouchers


def test_a_programme_without_tills_says_so(noor: Contact) -> None:
    find_programme()
    Programme.objects.update(has_tills=False)
    programme, contact_id = EmbeddedLoyalty(), str(noor.uuid)
    voucher = VoucherFactory.create(contact=noor)

    with pytest.raises(NoTills):
        programme.mark(contact_id, MarkKind.VOUCHER, str(voucher.uuid), now=NOW)
    with pytest.raises(NoTills):
        programme.new_till_code(contact_id, now=NOW)

    assert not programme.wallet(contact_id, shop="demo", now=NOW).has_tills
    assert (TillMark.objects.count(), TillCode.objects.count()) == (0, 0)


# The person -----------------------------------------------------------------------------------------------------------


def test_erasing_a_member_takes_marks_and_codes_along(noor: Contact) -> None:
    till.mark(VoucherFactory.create(contact=noor), contact=noor, now=NOW)
    digits = digits_of(noor)

    membership.erase(noor, now=NOW)

    assert (TillMark.objects.count(), TillCode.objects.count()) == (0, 0)
    with pytest.raises(WrongCode):
        till.use_code(digits, asked_by="till-1", now=NOW)


def test_merging_members_keeps_the_marks_and_ends_the_others_code(noor: Contact) -> None:
    other = member(100)
    voucher, reward = VoucherFactory.create(contact=other), RewardFactory.create()
    till.mark(voucher, contact=other, now=NOW)
    for contact in (noor, other):
        till.mark(reward, contact=contact, now=NOW)
    mine, theirs = digits_of(noor), digits_of(other)

    merging.merge(other, noor, now=NOW)

    marked = till.find_marked(noor, now=NOW)
    assert (marked.vouchers, marked.rewards) == ((voucher,), (reward,))
    assert TillMark.objects.count() == 2
    with pytest.raises(WrongCode):
        till.use_code(theirs, asked_by="till-1", now=NOW)
    assert till.use_code(mine, asked_by="till-1", now=NOW) == noor


def test_the_personal_record_names_marks_and_codes(noor: Contact) -> None:
    voucher = VoucherFactory.create(contact=noor, promotion__name="10% off")
    till.mark(voucher, contact=noor, now=NOW)
    digits_of(noor)

    record = personal_record.export(noor)

    assert record["marked_for_a_till"] == [{"offer": "10% off", "marked": NOW.isoformat()}]
    assert record["till_codes"] == [{"made": NOW.isoformat(), "ends": (NOW + till.CODE_LIFE).isoformat(), "used": None}]
