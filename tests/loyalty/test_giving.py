"""Giving vouchers to many: batches with exact counts, repeated, stopped, carried on after a crash, by two at once."""

import io
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from time_machine import travel

from loyalty import giving, issuing, tasks
from loyalty.errors import OfferUnavailable
from loyalty.giving import ask_for_vouchers, carry_on, requests_left
from loyalty.models import Contact, IssueRequest, Promotion, Voucher
from tests.loyalty.factories import NOW, ContactFactory, PromotionFactory
from tests.parallel import at_once

pytestmark = pytest.mark.django_db


def ask(promotion: Promotion, contacts: list[int] | None = None, *, key: uuid.UUID | None = None) -> IssueRequest:
    return ask_for_vouchers(promotion, contacts, key=key or uuid.uuid4(), by="olga", now=NOW)


def counts(request: IssueRequest) -> tuple[int, int, int, bool]:
    request.refresh_from_db()
    return request.made, request.had_it, request.over_limit, request.finished_at is not None


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giving, "BATCH", 2)


def test_every_member_gets_one_and_the_request_says_how_many() -> None:
    ContactFactory.create_batch(3)
    ContactFactory.create(erased_at=NOW, email=None)
    promotion = PromotionFactory.create()
    request = ask(promotion)

    assert carry_on(request.pk, now=NOW) is False

    assert counts(request) == (3, 0, 0, True)
    assert (request.total, request.asked_by, request.asked_at, request.left_out) == (3, "olga", NOW, 0)
    assert Voucher.objects.count() == 3
    assert Promotion.objects.get().issued_vouchers == 3


def test_five_thousand_members_take_six_batches_and_a_pause() -> None:
    Contact.objects.bulk_create(Contact(email=f"m{number}@example.com", created_at=NOW) for number in range(5000))
    promotion = PromotionFactory.create(voucher_limit=4900)
    request = ask(promotion)

    assert carry_on(request.pk, now=NOW, batches=3) is True
    assert counts(request) == (3000, 0, 0, False)
    assert carry_on(request.pk, now=NOW) is False

    assert counts(request) == (4900, 0, 100, True)
    assert Voucher.objects.values("contact").distinct().count() == 4900


def test_only_those_named_get_one() -> None:
    first, _second, third = ContactFactory.create_batch(3)
    request = ask(PromotionFactory.create(), [third.pk, first.pk, first.pk])

    carry_on(request.pk, now=NOW)

    assert counts(request) == (2, 0, 0, True)
    assert set(Voucher.objects.values_list("contact", flat=True)) == {first.pk, third.pk}


def test_the_same_key_is_the_same_request() -> None:
    ContactFactory.create()
    promotion, key = PromotionFactory.create(), uuid.uuid4()

    for _press in range(2):
        carry_on(ask(promotion, key=key).pk, now=NOW)

    assert IssueRequest.objects.count() == 1
    assert Voucher.objects.count() == 1


def test_a_finished_request_is_not_carried_on_with() -> None:
    ContactFactory.create()
    request = ask(PromotionFactory.create())
    carry_on(request.pk, now=NOW)
    ContactFactory.create()

    assert carry_on(request.pk, now=NOW + timedelta(hours=1)) is False

    assert counts(request) == (1, 0, 0, True)
    assert IssueRequest.objects.get().finished_at == NOW


def test_who_joins_after_it_was_asked_gets_none() -> None:
    ContactFactory.create()
    request = ask(PromotionFactory.create())
    ContactFactory.create()

    carry_on(request.pk, now=NOW)

    assert counts(request) == (1, 0, 0, True)


def test_who_leaves_before_their_turn_is_left_out(small_batches: None) -> None:
    contacts = ContactFactory.create_batch(5)
    request = ask(PromotionFactory.create(), [contact.pk for contact in contacts])
    Contact.objects.filter(pk__in=[contact.pk for contact in contacts[:3]]).update(erased_at=NOW, email=None)

    carry_on(request.pk, now=NOW)

    assert counts(request) == (2, 0, 0, True)
    assert request.left_out == 3


def test_a_crash_in_the_middle_of_a_batch_loses_nothing_and_counts_nothing_twice(
    small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ContactFactory.create_batch(5)
    request = ask(PromotionFactory.create())
    carry_on(request.pk, now=NOW, batches=1)
    sound = issuing.issue

    def crash(*args: Any, **kwargs: Any) -> None:
        sound(*args, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(giving, "issue", crash)
    with pytest.raises(KeyboardInterrupt):
        carry_on(request.pk, now=NOW)
    assert (counts(request), Voucher.objects.count()) == ((2, 0, 0, False), 2)
    monkeypatch.setattr(giving, "issue", sound)

    carry_on(request.pk, now=NOW)

    assert counts(request) == (5, 0, 0, True)
    assert Voucher.objects.count() == 5
    assert Promotion.objects.get().issued_vouchers == 5


def test_a_promotion_that_is_stopped_stops_the_request_and_says_so(small_batches: None) -> None:
    ContactFactory.create_batch(5)
    promotion = PromotionFactory.create()
    request = ask(promotion)
    carry_on(request.pk, now=NOW, batches=1)
    Promotion.objects.update(is_active=False)

    assert carry_on(request.pk, now=NOW) is False

    assert counts(request) == (2, 0, 0, True)
    assert request.problem == "deactivated"


def test_a_promotion_that_is_not_running_cannot_be_asked_for() -> None:
    promotion = PromotionFactory.create(ends_at=NOW)

    with pytest.raises(OfferUnavailable):
        ask(promotion)

    assert IssueRequest.objects.count() == 0


def test_the_sweep_finds_what_nobody_works_on() -> None:
    ContactFactory.create()
    lost, busy, dead, done = (ask(PromotionFactory.create()) for _request in range(4))
    IssueRequest.objects.filter(pk=busy.pk).update(worked_at=NOW - timedelta(seconds=5))
    IssueRequest.objects.filter(pk=dead.pk).update(worked_at=NOW - timedelta(seconds=31))
    carry_on(done.pk, now=NOW - timedelta(hours=1))

    assert requests_left(now=NOW) == [lost.pk, dead.pk]


@travel(NOW, tick=False)
def test_the_periodic_task_and_the_command_finish_what_was_left() -> None:
    ContactFactory.create()
    by_task = ask(PromotionFactory.create())

    assert tasks.give_vouchers_left() == 1

    by_hand = ask(PromotionFactory.create())
    out = io.StringIO()
    call_command("give_vouchers", stdout=out)
    assert out.getvalue() == "requests carried on with: 1\n"
    assert (counts(by_task), counts(by_hand)) == ((1, 0, 0, True), (1, 0, 0, True))
    assert tasks.give_vouchers_left() == 0


def test_a_task_leaves_the_rest_to_another_one(
    small_batches: None, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(giving.carry_on, "__kwdefaults__", {"batches": 1})
    ContactFactory.create_batch(3)
    request = ask(PromotionFactory.create())

    with django_capture_on_commit_callbacks() as rung:
        tasks.give_vouchers(request.pk)

    assert counts(request) == (2, 0, 0, False)
    assert len(rung) == 1


@pytest.mark.django_db(transaction=True)
def test_four_workers_on_one_request_give_each_member_one(small_batches: None) -> None:
    ContactFactory.create_batch(20)
    request = ask(PromotionFactory.create())

    answers = at_once(4, lambda _worker: carry_on(request.pk, now=NOW, batches=20))

    assert answers == [False] * 4
    assert counts(request) == (20, 0, 0, True)
    assert Voucher.objects.values("contact").distinct().count() == Voucher.objects.count() == 20
