"""Codes by mail: trust.md "Identify by email code", its limits, and S3 and S5."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks

from loyalty import codes, tasks, throttle
from loyalty.backends.embedded import EmbeddedLoyalty
from loyalty.errors import TooOften, WrongCode
from loyalty.models import Challenge, ThrottleHit
from loyalty.models.login import MAX_ATTEMPTS
from loyalty.values import Asker
from tests.loyalty.factories import NOW
from tests.parallel import PROCESSES, at_once, in_processes, of_type

pytestmark = pytest.mark.django_db

EMAIL = "member@example.com"
SOON = NOW + timedelta(seconds=30)


def browser(ip_address: str = "192.0.2.1") -> Asker:
    return Asker(guest_id=uuid.uuid4(), ip_address=ip_address)


def send(asker: Asker, email: str = EMAIL, *, now: Any = NOW) -> Challenge:
    return codes.send(email, locale="en", asker=asker, now=now)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_the_right_code_in_the_browser_that_asked_is_accepted_once() -> None:
    asker = browser()
    challenge = send(asker)
    code = codes.work_out(challenge)

    accepted = codes.check(f" {code[:3]} {code[3:]} ", asker=asker, now=SOON)
    with pytest.raises(WrongCode):
        codes.check(code, asker=asker, now=SOON)

    assert accepted.email == EMAIL
    assert Challenge.objects.get().used_at == SOON


def test_a_code_has_six_digits_and_another_challenge_another_code() -> None:
    found = {codes.work_out(Challenge(uuid=uuid.UUID(int=number))) for number in range(50)}

    assert all(len(code) == 6 and code.isdigit() for code in found)
    assert len(found) == 50


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "1" * 500, "१२३४५६", "\x00"])
def test_nonsense_is_a_wrong_code(typed: str) -> None:
    asker = browser()
    send(asker)

    with pytest.raises(WrongCode):
        codes.check(typed, asker=asker, now=SOON)

    assert Challenge.objects.get().used_at is None


def test_another_browsers_code_is_wrong() -> None:
    code = codes.work_out(send(browser()))

    with pytest.raises(WrongCode):
        codes.check(code, asker=browser(), now=SOON)

    assert Challenge.objects.get().used_at is None


def test_an_old_code_is_wrong() -> None:
    asker = browser()
    code = codes.work_out(send(asker))

    with pytest.raises(WrongCode):
        codes.check(code, asker=asker, now=NOW + codes.CODE_LIFE)


def test_a_resend_is_the_same_code_with_its_old_end() -> None:
    asker = browser()
    first = send(asker)

    again = send(asker, email=" MEMBER@example.com", now=SOON)

    assert again.pk == first.pk
    assert again.expires_at == NOW + codes.CODE_LIFE
    assert Challenge.objects.count() == 1


def test_asking_for_another_address_ends_the_first_code() -> None:
    asker = browser()
    code = codes.work_out(send(asker))
    send(asker, "other@example.com", now=SOON)

    with pytest.raises(WrongCode):
        codes.check(code, asker=asker, now=SOON)


def test_after_five_wrong_tries_the_right_code_is_wrong_and_a_new_one_is_sent() -> None:
    asker = browser()
    challenge = send(asker)
    code = codes.work_out(challenge)
    for _try in range(MAX_ATTEMPTS):
        with pytest.raises(WrongCode):
            codes.check(wrong(code), asker=asker, now=SOON)

    with pytest.raises(WrongCode):
        codes.check(code, asker=asker, now=SOON)

    assert send(asker, now=SOON).pk != challenge.pk
    challenge.refresh_from_db()
    assert (challenge.attempts, challenge.used_at) == (5, None)


def test_after_twenty_tries_a_day_an_address_gets_codes_of_eight_letters() -> None:
    """So that nobody can lock a member out by guessing."""
    victim = browser()
    for _code in range(4):
        guesser = browser()
        moment = NOW + timedelta(minutes=_code)
        code = codes.work_out(send(guesser, now=moment))
        for _try in range(MAX_ATTEMPTS):
            with pytest.raises(WrongCode):
                codes.check(wrong(code), asker=guesser, now=moment)
    later = NOW + timedelta(minutes=5)

    challenge = send(victim, now=later)
    code = codes.work_out(challenge)

    assert (len(code), code.isalpha(), code.isupper()) == (8, True, True)
    assert codes.check(code.lower(), asker=victim, now=later).pk == challenge.pk


def test_a_short_code_sent_before_is_not_judged_once_twenty_were_tried() -> None:
    victim = browser()
    code = codes.work_out(send(victim))
    tries = throttle.Limit(throttle.key_of("tries", EMAIL), 20, throttle.DAY)
    for _try in range(20):
        throttle.count([tries], now=NOW)

    with pytest.raises(WrongCode):
        codes.check(code, asker=victim, now=SOON)

    assert send(victim, now=SOON).is_long


# Mails ----------------------------------------------------------------------------------------------------------------


def test_the_worker_mails_the_code_once_in_the_language_asked_for() -> None:
    challenge = send(browser())

    went_out = [codes.mail(challenge.uuid, now=SOON) for _run in range(2)]

    assert went_out == [True, False]
    assert mail.outbox[0].to == [EMAIL]
    assert mail.outbox[0].subject == f"{codes.work_out(challenge)} is your code for Tableside"
    assert codes.work_out(challenge) in mail.outbox[0].body
    assert "for 10 minutes" in mail.outbox[0].body


def test_a_resend_is_mailed_again() -> None:
    asker = browser()
    challenge = send(asker)
    codes.mail(challenge.uuid, now=NOW + timedelta(seconds=1))
    send(asker, now=SOON)

    assert codes.mail_due(now=SOON + timedelta(seconds=1)) == 1
    assert len(mail.outbox) == 2
    assert mail.outbox[0].body == mail.outbox[1].body


def test_a_mail_that_failed_is_tried_again_by_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    challenge = send(browser())

    def refuse(_message: object) -> None:
        raise OSError("no mail server")

    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.EmailMessage.send", refuse)
        assert codes.mail(challenge.uuid, now=NOW) is False

    assert codes.mail_due(now=SOON) == 1
    assert len(mail.outbox) == 1


def test_a_worker_that_died_while_mailing_leaves_the_mail_due() -> None:
    challenge = send(browser())
    Challenge.objects.update(mailing_until=NOW + codes.MAILING)

    assert codes.mail_due(now=SOON) == 0
    assert codes.mail_due(now=NOW + codes.MAILING) == 1
    assert challenge.email == mail.outbox[0].to[0]


@pytest.mark.parametrize("fields", [{"used_at": NOW}, {"expires_at": NOW}, {"ended_at": NOW}])
def test_a_code_that_is_over_is_not_mailed(fields: dict[str, object]) -> None:
    challenge = send(browser())
    Challenge.objects.update(**fields)

    assert codes.mail(challenge.uuid, now=SOON) is False
    assert mail.outbox == []


def test_the_code_is_in_no_row_and_in_no_message_to_the_worker(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    queued: list[tuple[object, ...]] = []
    monkeypatch.setattr(tasks.mail_code, "apply_async", lambda args, retry: queued.append(args))
    with django_capture_on_commit_callbacks(execute=True):
        EmbeddedLoyalty().send_code(EMAIL, locale="en", asker=browser(), now=NOW)
    challenge = Challenge.objects.get()
    code = codes.work_out(challenge)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM loyalty_challenge")
        stored = " ".join(str(value) for row in cursor.fetchall() for value in row)

    assert code not in stored.replace(challenge.uuid.hex, "").replace(str(challenge.uuid), "")
    assert queued == [(str(challenge.uuid),)]


def test_a_queue_that_is_down_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    def refuse(**_arguments: object) -> None:
        raise OSError("no broker")

    monkeypatch.setattr(tasks.mail_code, "apply_async", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        EmbeddedLoyalty().send_code(EMAIL, locale="en", asker=browser(), now=NOW)

    assert codes.mail_due(now=SOON) == 1


def test_old_challenges_and_their_addresses_are_forgotten() -> None:
    send(browser())
    throttle.count(codes.lookup_limits(browser()), now=NOW)

    assert codes.forget_old(now=NOW + timedelta(days=3)) == 1
    throttle.forget_old(now=NOW + timedelta(days=3))

    assert not Challenge.objects.exists()
    assert not ThrottleHit.objects.exists()


# S3 and S5 ------------------------------------------------------------------------------------------------------------


@pytest.mark.prove(ci=True)
@pytest.mark.django_db(transaction=True)
def test_of_200_parallel_guesses_five_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    asker = browser()
    challenge = send(asker)
    code = codes.work_out(challenge)
    monkeypatch.setattr(codes, "check_limits", lambda _asker: [])  # nothing but the code's own counter stands guard
    judged = []

    def note(judged_challenge: Challenge) -> str:
        judged.append(judged_challenge.pk)
        return code

    monkeypatch.setattr(codes, "work_out", note)

    answers = at_once(200, lambda _number: codes.check(wrong(code), asker=asker, now=SOON))

    print(f"S3 {connection.vendor}: 200 parallel guesses, {len(judged)} judged")  # noqa: T201 - a proof prints its number
    assert len(of_type(answers, WrongCode)) == 200
    assert len(judged) == 5
    with pytest.raises(WrongCode):
        codes.check(code, asker=asker, now=SOON)


@pytest.mark.prove(ci=True)
@pytest.mark.django_db(transaction=True)
def test_a_right_code_typed_in_twenty_tabs_at_once_is_accepted_once() -> None:
    asker = browser()
    code = codes.work_out(send(asker))

    answers = at_once(20, lambda _number: codes.check(code, asker=asker, now=SOON))

    assert len(of_type(answers, Challenge)) == 1
    assert len(of_type(answers, WrongCode)) == 19


def ask_for_a_code(number: int) -> str:
    """Be one of many browsers, each in a network of its own, that ask for the same address."""
    try:
        send(browser(f"192.0.2.{number}"))
    except TooOften as refused:
        return f"again in {refused.retry_after} s"
    return "sent"


@pytest.mark.prove(ci=True)
@pytest.mark.django_db(transaction=True)
def test_an_address_is_mailed_three_times_a_minute_and_ten_times_an_hour() -> None:
    burst = in_processes(20, ask_for_a_code)

    print(  # noqa: T201 - a proof prints its number
        f"S5 {connection.vendor}: 20 at once in {PROCESSES} processes, {burst.count('sent')} mailed to one address"
    )
    assert (burst.count("sent"), burst.count("again in 60 s")) == (3, 17)
    assert Challenge.objects.count() == 3

    sent = 3
    for minute in range(1, 20):
        try:
            send(browser(f"198.51.100.{minute}"), now=NOW + timedelta(minutes=minute))
            sent += 1
        except TooOften as error:
            wait = error.retry_after
            break
    assert (sent, wait) == (10, 3600 - minute * 60)


def test_one_network_is_let_through_twenty_times_a_minute() -> None:
    for number in range(20):
        send(browser(), f"member{number}@example.com")

    with pytest.raises(TooOften) as refused:
        send(browser(), "another@example.com")

    assert refused.value.retry_after == 60
    assert not Challenge.objects.filter(email="another@example.com").exists()
    send(browser("192.0.2.99"), "another@example.com")


def test_a_refused_request_does_not_count_against_the_other_limits() -> None:
    asker = browser()
    for _time in range(3):
        send(asker)
    with pytest.raises(TooOften):
        send(asker)

    assert ThrottleHit.objects.filter(counted_id=throttle.key_of("mail-ip", asker.ip_address)).count() == 3


def test_addresses_cannot_be_read_from_what_limits_count() -> None:
    send(browser())

    keys = ThrottleHit.objects.values_list("counted_id", flat=True)

    assert not any("member" in key or "example" in key or "192.0" in key for key in keys)
