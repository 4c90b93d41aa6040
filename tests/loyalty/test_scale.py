"""A million members are as quick to serve as a thousand: balance, offers page, lock (issue "Loyalty", "done when")."""

import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import cycle

import pytest
from django.db import connection

from loyalty.backends.embedded import EmbeddedLoyalty
from loyalty.models import Contact, Promotion, Reward, Voucher
from tests.loyalty.factories import NOW, PromotionFactory, RewardFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.prove]

FEW = 1_000
ENTRIES_EACH = 5
VOUCHERS_EACH = 3
ROUNDS = 300

UUID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}
NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last}) "


def insert(table: str, first: int, last: int, columns: dict[str, str]) -> None:
    """Write a row per number in SQL; `columns` are expressions of `n`."""
    names, values = ", ".join(columns), ", ".join(columns.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) {NUMBERS.format(first=first, last=last)} SELECT {values} FROM numbers"
        )


def fill(first: int, last: int, *, promotion: Promotion, reward: Reward) -> None:
    """Write the members `first` to `last`, each with a history, a bucket, vouchers and a bought reward."""
    now, later = f"'{NOW:%Y-%m-%d %H:%M:%S}'", f"'{NOW + timedelta(days=90):%Y-%m-%d %H:%M:%S}'"
    new_uuid = UUID[connection.vendor]
    contact = {
        "id": "n",
        "uuid": new_uuid,
        "email": "'member' || n || '@example.com'",
        "first_name": "'Noor'",
        "last_name": "''",
        "locale": "'en'",
        "attributes": "'{}'",
        "balance": str(100 * ENTRIES_EACH),
        "earned_points": str(100 * ENTRIES_EACH),
        "created_at": now,
    }
    insert("loyalty_contact", first, last, contact)
    bucket = {"id": "n", "contact_id": "n", "expires_at": later, "remaining": str(100 * ENTRIES_EACH)}
    insert("loyalty_pointsbucket", first, last, bucket)
    reception = {
        "uuid": new_uuid,
        "contact_id": "n",
        "reward_id": str(reward.pk),
        "purchase_key": "'key' || n",
        "title": "'Free coffee'",
        "points": "100",
        "currency": "'EUR'",
        "attributes": "'{}'",
        "created_at": now,
        "expires_at": later,
    }
    insert("loyalty_rewardreception", first, last, reception)
    for number in range(ENTRIES_EACH):
        entry = {
            "uuid": new_uuid,
            "contact_id": "n",
            "kind": "'earn'",
            "source": f"'order:{number}:' || n",
            "points": "100",
            "created_at": now,
            "expires_at": later,
            "reason": "''",
            "made_by": "''",
            "attributes": "'{}'",
        }
        insert("loyalty_pointsentry", first, last, entry)
    for number in range(VOUCHERS_EACH):
        voucher = {
            "uuid": new_uuid,
            "promotion_id": str(promotion.pk),
            "contact_id": "n",
            "code": f"'CODE{number}X' || n",
            "code_key": f"'CODE{number}X' || n",
            "total_redemptions_allowed": str(1 + number % 2),
            "times_redeemed": "0",
            "expires_at": later,
            "attributes": "'{}'",
            "issue_key": "''",
            "locked_for": "''",
            "created_at": now,
        }
        insert("loyalty_voucher", first, last, voucher)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def median_ms(do: Callable[[], object]) -> float:
    """Return the median time of many runs in milliseconds."""
    times = []
    for _round in range(ROUNDS):
        started = time.perf_counter()
        do()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def measure() -> dict[str, float]:
    """Return what the three things take for members spread over all there are."""
    programme = EmbeddedLoyalty()
    last = Contact.objects.order_by("-pk").values_list("pk", flat=True)[0]
    spread = [1 + (number * 7919) % last for number in range(ROUNDS)]
    vouchers = Voucher.objects.filter(contact_id__in=spread, total_redemptions_allowed=1).order_by("code")
    pairs = [(str(contact), str(voucher)) for contact, voucher in vouchers.values_list("contact__uuid", "uuid")]
    turn = cycle(pairs)

    def lock_and_release() -> None:
        contact_id, voucher_id = next(turn)
        until = NOW + timedelta(minutes=15)
        hold = programme.lock(contact_id, voucher_id, holder="order-1", until=until, now=NOW)
        programme.release(voucher_id, release_key=hold.release_key, now=NOW)

    return {
        "balance": median_ms(lambda: Contact.objects.values_list("balance").get(uuid=next(turn)[0])),
        "offers": median_ms(lambda: programme.wallet(next(turn)[0], shop="demo", now=NOW)),
        "lock": median_ms(lock_and_release),
    }


def test_a_million_members_take_at_most_twice_the_time_of_a_thousand() -> None:
    many = 1_000_000 if connection.vendor == "postgresql" else 100_000
    promotion, reward = PromotionFactory.create(), RewardFactory.create()
    fill(1, FEW, promotion=promotion, reward=reward)
    few = measure()
    fill(FEW + 1, many, promotion=promotion, reward=reward)

    large = measure()

    shown = {name: f"{few[name]:.2f} -> {large[name]:.2f} ms" for name in few}
    print(f"scale {connection.vendor}: {FEW} -> {many} contacts, {many * ENTRIES_EACH} ledger rows: {shown}")  # noqa: T201 - a proof prints its number
    assert all(large[name] <= 2 * few[name] for name in few)
