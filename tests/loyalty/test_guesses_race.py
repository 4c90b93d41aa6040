"""Two hundred guesses of a gift card's code at once: no more are judged than one after the other."""

import uuid

import pytest
from django.db import connection

from loyalty import gift_cards, port
from loyalty.errors import TooOften, UnknownGiftCard
from loyalty.models import GiftCard, GiftCardProgramme, ThrottleHit
from loyalty.port import StoredMoney
from loyalty.values import Asker
from tests.loyalty.factories import NOW
from tests.parallel import at_once, of_type

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.prove(ci=True)]


def make_card() -> GiftCard:
    programme = GiftCardProgramme.objects.create(name="Gift card", currency="EUR", max_amount_cents=5000)
    return gift_cards.issue_card(programme, cents=2000, key="key", now=NOW)


def test_of_two_hundred_guesses_at_once_thirty_are_judged() -> None:
    card = make_card()
    asker = Asker(guest_id=uuid.uuid4(), ip_address="192.0.2.1")

    def look(code: str) -> object:
        try:
            return port.load().find_gift_card(code, asker=asker, now=NOW)
        except (TooOften, UnknownGiftCard) as refused:
            return refused

    def guess(number: int) -> object:
        return [look(card.code if number % 10 == guessed == 0 else f"GUESS-{number}-{guessed}") for guessed in range(4)]

    answers: list[object] = []
    for of_one in of_type(at_once(50, guess), list):
        assert isinstance(of_one, list)
        answers.extend(of_one)

    judged, refused, found = (of_type(answers, kind) for kind in (UnknownGiftCard, TooOften, StoredMoney))
    print(f"{connection.vendor}: 200 guesses at once: {len(judged)} judged, {len(found)} found, {len(refused)} refused")  # noqa: T201 - a proof prints its number
    assert len(judged) + len(found) + len(refused) == 200
    assert 25 <= len(judged) <= 30  # a card that is there may take a place while it is looked up, and gives it back
    assert ThrottleHit.objects.count() == 2 * len(judged)
