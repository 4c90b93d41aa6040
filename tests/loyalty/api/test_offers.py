"""Offers through Leat's API beyond single calls: refusals that write nothing, one engine with the app, races."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from types import ModuleType
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from loyalty import tokens
from loyalty.backends.embedded import EmbeddedLoyalty
from loyalty.errors import OfferTaken
from loyalty.models import ApiToken, Contact, Promotion, Redemption, TokenKind, Voucher, VoucherState
from tests.loyalty.api import (
    cases_gift_cards,
    cases_points,
    cases_prepaid,
    cases_promotions,
    cases_rewards,
    cases_vouchers,
)
from tests.loyalty.api.calling import Caller, body_of, refusal_of
from tests.loyalty.api.cases import Refusal, fill
from tests.loyalty.factories import VoucherFactory, member
from tests.parallel import at_once
from tests.scale import size

NOW = datetime(2026, 6, 3, 17, 30, tzinfo=UTC)
GROUPS = [cases_promotions, cases_vouchers, cases_rewards, cases_points, cases_gift_cards, cases_prepaid]
PUBLISHED = {
    *(1003, 1008, 1015, 1017, 1018, 1019, 1027, 1028, 1052, 1100, 5001, 5002, 5003, 5006, 5008, 5010, 6001, 6003),
    *(55021, 55025, 55031, 60003, 60004, 60007, 80002, 80003, 80004, 80005, 80006, 80008, 80012, 80014, 80017),
    *(80019, 80020, 80300),
}


def everything() -> dict[str, list[Any]]:
    """Return every row of the programme, but for when a token was last used."""
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in apps.get_app_config("loyalty").get_models()
        if model is not ApiToken
    }


@pytest.mark.once
def test_every_published_code_of_these_calls_is_provoked() -> None:
    provoked = {refusal.code for group in GROUPS for case in group.CASES for refusal in case.refusals}

    assert provoked >= PUBLISHED


@pytest.mark.django_db
@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__.rpartition("_")[2])
def test_what_is_refused_changes_nothing(leat: Caller, group: ModuleType) -> None:
    with time_machine.travel(NOW, tick=False):
        names: Mapping[str, str] = dict(group.prepare(NOW))
        before = everything()
        for case in group.CASES:
            for refusal in case.refusals:
                if case.method != "GET":
                    _send(leat, case, refusal, names)

        assert everything() == before


def _send(leat: Caller, case: Any, refusal: Refusal, names: Mapping[str, str]) -> None:
    changed = {**fill(case.payload, names), **fill(refusal.payload, names)}
    sent = {name: value for name, value in changed.items() if value is not ...}
    path = fill(refusal.path or case.path, names)
    assert refusal_of(leat.json(case.method, path, sent))[1] == refusal.code


def lock(leat: Caller, voucher: Voucher) -> Any:
    return leat.json("POST", f"/vouchers/{voucher.uuid}/lock/", {})


@pytest.mark.django_db
def test_a_voucher_held_in_the_app_is_locked_for_the_api_and_the_reverse(leat: Caller) -> None:
    app = EmbeddedLoyalty()
    now = timezone.now()
    voucher: Voucher = VoucherFactory.create(expires_at=None)
    contact = str(_owner(voucher).uuid)
    hold = app.lock(contact, str(voucher.uuid), holder="order-1", until=now + timedelta(minutes=15), now=now)

    assert refusal_of(lock(leat, voucher)) == (400, 80017)
    assert refusal_of(leat.json("POST", "/vouchers/redeem", {"code": voucher.code})) == (400, 80017)
    app.release(str(voucher.uuid), release_key=hold.release_key, now=now)
    key = body_of(lock(leat, voucher))["data"]["lock"]["release_key"]

    with pytest.raises(OfferTaken) as refused:
        app.lock(contact, str(voucher.uuid), holder="order-2", until=now + timedelta(minutes=15), now=now)
    assert refused.value.until is not None
    assert timedelta(minutes=59) < refused.value.until - now <= timedelta(hours=1, seconds=10)
    redeemed = leat.form("POST", "/vouchers/redeem", {"code": voucher.code, "release_key": key})
    used = body_of(redeemed)["data"]["voucher_redemption"]["uuid"]
    assert str(Redemption.objects.get(voucher=voucher).uuid) == used


@pytest.mark.django_db
def test_a_lock_of_the_api_ends_by_itself_after_an_hour(leat: Caller) -> None:
    voucher: Voucher = VoucherFactory.create(expires_at=None)
    with time_machine.travel(NOW, tick=False) as clock:
        key = body_of(lock(leat, voucher))["data"]["lock"]["release_key"]
        clock.shift(timedelta(hours=1, seconds=-1))
        assert refusal_of(lock(leat, voucher)) == (400, 80017)
        clock.shift(timedelta(seconds=1))

        late = leat.json("POST", "/vouchers/redeem", {"code": voucher.code, "release_key": key})
        assert refusal_of(late) == (400, 1003)
        assert Voucher.objects.get(pk=voucher.pk).state(now=timezone.now()) is VoucherState.ACTIVE
        assert lock(leat, voucher).status_code == 200


@pytest.mark.django_db
def test_what_the_api_makes_is_in_the_apps_wallet(leat: Caller) -> None:
    app = EmbeddedLoyalty()
    contact = member(120)
    with time_machine.travel(NOW, tick=False):
        names = cases_rewards.prepare(NOW)
        promotion = Promotion.objects.create(name="Ten off", attributes={"discount_type": "free_item", "category": "a"})
        made = {"promotion_uuid": str(promotion.uuid), "contact_uuid": str(contact.uuid), "code": "HELLO"}
        leat.json("POST", "/vouchers", made)
        leat.json(
            "POST",
            "/credit-receptions",
            {"contact_uuid": made["contact_uuid"], "shop_uuid": names["shop"], "credits": 30},
        )
        bought = {"contact_uuid": made["contact_uuid"], "shop_uuid": names["shop"], "reward_uuid": names["coffee"]}
        leat.json("POST", "/reward-receptions", bought)
        paid_in = {"contact_uuid": made["contact_uuid"], "shop_uuid": names["shop"], "amount_in_cents": 700}
        leat.json("POST", "/prepaid-transactions", paid_in)

        wallet = app.wallet(str(contact.uuid), shop="any", now=NOW)

    assert [voucher.code for voucher in wallet.vouchers] == ["HELLO"]
    assert [collectable.name for collectable in wallet.collectables] == ["Free coffee"]
    assert wallet.balance == 120 + 30 - 50
    prepaid = app.prepaid(str(contact.uuid))
    assert prepaid is not None
    assert prepaid.balance_cents == 700


@pytest.mark.django_db
@pytest.mark.once
def test_locking_and_redeeming_ask_the_database_little(
    leat: Caller, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    voucher: Voucher = VoucherFactory.create(expires_at=None)
    leat.get("")

    with django_assert_max_num_queries(4):
        key = body_of(lock(leat, voucher))["data"]["lock"]["release_key"]
    with django_assert_max_num_queries(11):
        leat.json("POST", "/vouchers/redeem", {"code": voucher.code, "release_key": key})

    assert Voucher.objects.get(pk=voucher.pk).times_redeemed == 1


@pytest.mark.django_db
@pytest.mark.once
def test_lists_ask_the_database_the_same_whatever_their_length(
    leat: Caller, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with time_machine.travel(NOW, tick=False):
        for group in (cases_vouchers, cases_gift_cards):
            group.prepare(NOW)
        paths = [
            "/vouchers",
            "/promotions",
            "/rewards",
            "/loyalty-transactions",
            "/giftcards",
            "/giftcard-transactions",
        ]
        leat.get("")

        for path in paths:
            with django_assert_max_num_queries(4):
                assert body_of(leat.get(path))["data"] or path in {"/rewards", "/loyalty-transactions"}


ROUNDS = size(ci=3, full=100)
CLIENTS = 20


@pytest.mark.django_db(transaction=True)
@pytest.mark.prove(ci=True)
def test_of_tills_and_phones_that_want_one_voucher_at_once_one_gets_it() -> None:
    secret = tokens.make_token("race", kind=TokenKind.BEARER, now=timezone.now()).secret
    wins = {"api": 0, "app": 0}
    for _round in range(ROUNDS):
        voucher: Voucher = VoucherFactory.create(expires_at=None)
        want = partial(_want, secret=secret, voucher_id=str(voucher.uuid), contact_id=str(_owner(voucher).uuid))

        answers = at_once(CLIENTS, want)

        winners = [answer for answer in answers if answer in wins]
        assert [answer for answer in answers if answer not in {*wins, "taken"}] == []
        assert len(winners) == 1
        wins[str(winners[0])] += 1
        assert voucher.lock_rows.locked(now=timezone.now()).count() == 1

    print(f"API locks {connection.vendor}: {CLIENTS} clients, {ROUNDS} rounds, one winner each, won by {wins}")  # noqa: T201 - a proof prints its number
    assert sum(wins.values()) == ROUNDS


def _want(number: int, *, secret: str, voucher_id: str, contact_id: str) -> str:
    """Be a till with a token or (every other one) a phone of the app; say whether this one got the voucher."""
    if number % 2:
        answer = Caller(secret).json("POST", f"/vouchers/{voucher_id}/lock", {})
        return "api" if answer.status_code == 200 else {80017: "taken"}.get(refusal_of(answer)[1], str(answer.content))
    Caller(secret).get("")  # as long on the way as a till, so that neither side has a start
    now = timezone.now()
    until = now + timedelta(minutes=15)
    try:
        EmbeddedLoyalty().lock(contact_id, voucher_id, holder=f"order-{number}", until=until, now=now)
    except OfferTaken:
        return "taken"
    return "app"


def _owner(voucher: Voucher) -> Contact:
    assert voucher.contact is not None
    return voucher.contact
