"""The commands: what the workers do by hand, issuing, and a person's rights."""

import json
import time
import uuid
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from loyalty import codes, issuing, tasks
from loyalty.models import Contact, Promotion, Voucher, find_programme
from loyalty.models.vouchers import code_key, make_code
from loyalty.values import Asker
from tests.loyalty.factories import ContactFactory, PromotionFactory, VoucherFactory, member
from tests.scale import size

pytestmark = pytest.mark.django_db

STALE_LOCKS = size(ci=10_000, full=100_000)


def run(*command: str) -> list[str]:
    out = StringIO()
    call_command(*command, stdout=out, stderr=StringIO())
    return out.getvalue().splitlines()


def refusal(*command: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as refused:
        run(*command)
    return refused.value.returncode, str(refused.value)


def summer(**fields: object) -> Promotion:
    made: Promotion = PromotionFactory.create(name="Summer", **fields)
    return made


def test_vouchers_are_issued_to_one_contact_once() -> None:
    summer()
    ContactFactory.create(email="member@example.com")

    first, again = (run("issue_vouchers", "summer", "--contact", "MEMBER@example.com") for _run in range(2))

    assert first == ["issued: 1", "had one: 0", "over the limits: 0"]
    assert again == ["issued: 0", "had one: 1", "over the limits: 0"]


def test_vouchers_are_issued_to_everybody_and_with_another_key_again() -> None:
    promotion = summer(voucher_limit=5)
    ContactFactory.create_batch(3)
    ContactFactory.create(erased_at=timezone.now())

    assert run("issue_vouchers", str(promotion.uuid), "--all")[0] == "issued: 3"
    assert run("issue_vouchers", str(promotion.uuid), "--all", "--key", "two") == [
        "issued: 2",
        "had one: 0",
        "over the limits: 1",
    ]


def test_vouchers_are_issued_to_the_addresses_in_a_file(tmp_path: Path) -> None:
    summer()
    ContactFactory.create(email="one@example.com")
    file = tmp_path / "addresses.txt"
    file.write_text("One@Example.com\n\nnobody@example.com\n")

    assert run("issue_vouchers", "Summer", "--file", str(file)) == [
        "issued: 1",
        "had one: 0",
        "over the limits: 0",
        "unknown addresses: 1",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["Winter", "--all"], 2, "no promotion has this name; there are: “Summer”"),
        (["Summer", "--file", "/nowhere/at/all"], 2, "cannot be read"),
        (["Summer", "--all", "--key", ""], 2, "--key"),
        (["Summer", "--contact", "nobody@example.com"], 1, "none of the addresses"),
    ],
)
def test_wrong_input_is_refused_in_one_line(arguments: list[str], code: int, words: str) -> None:
    summer()

    returncode, message = refusal("issue_vouchers", *arguments)

    assert (returncode, words in message, "\n" in message) == (code, True, False)
    assert not Voucher.objects.exists()


def test_a_promotion_that_is_not_running_is_refused() -> None:
    summer(is_active=False)
    member()

    assert refusal("issue_vouchers", "Summer", "--all")[0] == 1
    assert not Voucher.objects.exists()


def test_two_promotions_of_one_name_need_the_uuid() -> None:
    summer()
    summer()

    assert "several" in refusal("issue_vouchers", "Summer", "--all")[1]


def test_a_persons_record_is_printed_as_json() -> None:
    member(25, email="member@example.com")

    record = json.loads("\n".join(run("export_contact", "Member@example.com")))

    assert (record["contact"]["email"], record["contact"]["points"]) == ("member@example.com", 25)


def test_a_person_is_erased() -> None:
    contact = member(25, email="member@example.com")

    assert run("erase_contact", "member@example.com") == [f"erased: {contact.uuid}"]

    contact.refresh_from_db()
    assert (contact.email, contact.first_name, contact.balance) == (None, "", 25)


@pytest.mark.parametrize("command", ["export_contact", "erase_contact"])
def test_an_unknown_address_is_refused_without_repeating_it(command: str) -> None:
    code, message = refusal(command, "nobody@example.com")

    assert (code, "nobody" in message) == (1, False)


def test_points_expire_by_hand_and_by_the_worker() -> None:
    past = timezone.now() - timedelta(days=1)
    member(25, now=past - timedelta(days=9), expires_at=past)

    assert run("expire_points") == ["contacts with expired points: 1"]
    assert tasks.expire_points() == 0


def test_birthday_vouchers_are_issued_by_hand_and_by_the_worker() -> None:
    programme = find_programme()
    programme.birthday_promotion = summer()
    programme.save()
    today = programme.today(now=timezone.now())
    member(birthdate=today.replace(year=1996), created_at=timezone.now() - timedelta(days=100))

    assert run("birthday_vouchers") == ["vouchers issued: 1"]
    assert tasks.issue_birthday_vouchers() == 0


def test_codes_are_mailed_by_hand_and_by_the_worker() -> None:
    asker = Asker(guest_id=uuid.uuid4(), ip_address="192.0.2.1")
    challenge = codes.send("member@example.com", locale="en", asker=asker, now=timezone.now())

    assert run("mail_codes") == ["codes mailed: 1"]
    assert (tasks.mail_due_codes(), tasks.mail_code(str(challenge.uuid)), len(mail.outbox)) == (0, False, 1)


def stale_locks(count: int) -> None:
    """Write that many vouchers whose locks ended a minute ago."""
    promotion, contact = summer(), member()
    ended = timezone.now() - timedelta(minutes=1)
    for _start in range(0, count, 5000):
        batch = []
        for _voucher in range(5000):
            code = make_code()
            batch.append(
                Voucher(
                    promotion=promotion,
                    contact=contact,
                    code=code,
                    code_key=code_key(code),
                    created_at=ended,
                    locked_for="order-1",
                    locked_until=ended,
                )
            )
        Voucher.objects.bulk_create(batch)


@pytest.mark.prove(ci=True)
@pytest.mark.django_db(transaction=True)
def test_stale_locks_are_tidied_in_one_run_under_ten_seconds() -> None:
    stale_locks(STALE_LOCKS)
    VoucherFactory.create(locked_until=timezone.now() + timedelta(hours=1), locked_for="order-2")

    started = time.monotonic()
    said = run("expire_locks")
    seconds = time.monotonic() - started

    print(f"expire_locks {connection.vendor}: {STALE_LOCKS} stale locks in {seconds:.1f} s")  # noqa: T201 - a proof prints its number
    assert said == [f"locks ended: {STALE_LOCKS}"]
    assert seconds < 10
    assert Voucher.objects.exclude(locked_until=None).count() == 1
    assert tasks.expire_locks() == 0


@pytest.mark.prove
def test_a_hundred_thousand_vouchers_are_issued_in_batches() -> None:
    promotion = summer()
    now = timezone.now()
    Contact.objects.bulk_create(
        [Contact(email=f"bulk{number}@example.com", created_at=now) for number in range(100_000)], batch_size=5000
    )

    started = time.monotonic()
    assert run("issue_vouchers", "Summer", "--all")[0] == "issued: 100000"

    print(f"issue_vouchers {connection.vendor}: 100000 in {time.monotonic() - started:.0f} s")  # noqa: T201 - a proof prints its number
    promotion.refresh_from_db()
    assert promotion.issued_vouchers == Voucher.objects.count() == 100_000
    assert issuing.BATCH == 1000
