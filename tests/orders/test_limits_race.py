"""Limits of signing in hold over four processes: 429 and Retry-After for all that is too many (trust.md S5)."""

from functools import partial

import pytest
from django.db import connection
from django.test import Client

from loyalty.models import Challenge
from menu.models import Table
from tests.loyalty.factories import member
from tests.parallel import PROCESSES, in_processes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.prove(ci=True)]


def identify(number: int, *, emails: list[str], cookies: dict[str, str], networks: int) -> str:
    """Post an address as one browser (with `cookies`) or as one of many, from one of `networks`; say what came of it."""
    browser = Client(SERVER_NAME="127.0.0.1", REMOTE_ADDR=f"192.0.2.{number % networks}")
    for name, value in cookies.items():
        browser.cookies[name] = value
    answer = browser.post("/identify/", {"email": emails[number % len(emails)]})
    if answer.status_code == 429:
        wait = int(answer["Retry-After"])
        return "429 for a minute" if wait <= 90 else "429 for longer"
    return f"{answer.status_code} {answer['Location']}"


def scan(table: Table) -> dict[str, str]:
    """Return the cookies of a browser that has scanned the table."""
    browser = Client()
    browser.get(f"/t/{table.code}/")
    return {name: morsel.value for name, morsel in browser.cookies.items()}


def say(what: str, answers: list[str]) -> None:
    counted = {answer: answers.count(answer) for answer in sorted(set(answers))}
    print(f"S5 {connection.vendor}: {what}, {PROCESSES} processes: {counted}")  # noqa: T201 - a proof prints its number


def test_one_browser_looks_up_ten_addresses_in_ten_minutes(table: Table) -> None:
    emails = [f"guest{number}@example.com" for number in range(16)]

    answers = in_processes(16, partial(identify, emails=emails, cookies=scan(table), networks=16))

    say("16 look-ups of one browser", answers)
    assert sorted(answers) == ["303 /identify/sign-up/"] * 10 + ["429 for longer"] * 6


def test_one_member_is_mailed_by_three_of_many_posts(table: Table) -> None:
    member(email="noor@example.com")
    cookies = scan(table)

    answers = in_processes(8, partial(identify, emails=["noor@example.com"], cookies=cookies, networks=8))

    say("8 codes for one member", answers)
    assert sorted(answers) == ["303 /identify/code/"] * 3 + ["429 for a minute"] * 5
    assert Challenge.objects.count() == 1  # the same code, sent again
