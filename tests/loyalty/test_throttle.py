"""Limits count exactly what happened in the last stretch of time."""

from contextlib import suppress
from datetime import timedelta

import pytest

from loyalty import throttle
from loyalty.errors import GiftCardUnavailable, LoyaltyError, ProgrammeAway, TooOften, UnknownGiftCard
from loyalty.models import ThrottleHit, ThrottleKey
from loyalty.throttle import MINUTE, Limit
from tests.loyalty.factories import NOW

pytestmark = pytest.mark.django_db

THREE_A_MINUTE = Limit("key", 3, MINUTE)


def at(seconds: float, *limits: Limit) -> int:
    """Count once that many seconds later; return how long to wait, 0 where it was let through."""
    try:
        throttle.count(limits or (THREE_A_MINUTE,), now=NOW + timedelta(seconds=seconds))
    except TooOften as error:
        return error.retry_after
    return 0


def test_the_fourth_in_any_minute_waits_until_the_first_is_a_minute_old() -> None:
    assert [at(0), at(20), at(40), at(50), at(59.5), at(60), at(61), at(80)] == [0, 0, 0, 10, 1, 0, 19, 0]


def test_a_limit_of_many_waits_for_the_strictest() -> None:
    hourly = Limit("key", 4, throttle.HOUR)
    for second in (0, 60, 120, 180):
        assert at(second, THREE_A_MINUTE, hourly) == 0

    assert at(240, THREE_A_MINUTE, hourly) == 3360


def test_a_refusal_is_not_counted() -> None:
    for _time in range(5):
        at(0)

    assert ThrottleHit.objects.count() == 3


def look(seconds: float, refusal: LoyaltyError | None = None) -> None:
    """Do something of which only UnknownGiftCard is counted."""
    with throttle.count_only(UnknownGiftCard, [THREE_A_MINUTE], now=NOW + timedelta(seconds=seconds)):
        if refusal is not None:
            raise refusal


@pytest.mark.parametrize("refusal", [None, GiftCardUnavailable(), ProgrammeAway()])
def test_what_is_not_wrong_is_not_counted_however_often(refusal: LoyaltyError | None) -> None:
    for _time in range(5):
        with suppress(GiftCardUnavailable, ProgrammeAway):
            look(0, refusal)

    assert ThrottleHit.objects.count() == 0


def test_what_is_wrong_is_counted_and_then_nothing_is_done_any_more() -> None:
    for _time in range(3):
        with pytest.raises(UnknownGiftCard):
            look(0, UnknownGiftCard())

    with pytest.raises(TooOften) as refused:
        look(20)

    assert (refused.value.retry_after, ThrottleHit.objects.count()) == (40, 3)


def test_other_keys_are_not_held_up() -> None:
    for _time in range(4):
        at(0)

    assert at(0, Limit("other", 3, MINUTE)) == 0


def test_what_is_counted_no_more_is_deleted() -> None:
    at(0)

    throttle.forget_old(now=NOW + timedelta(days=1))
    assert ThrottleHit.objects.count() == 1
    throttle.forget_old(now=NOW + timedelta(days=3))

    assert (ThrottleHit.objects.count(), ThrottleKey.objects.count()) == (0, 0)
