"""Codes with Leat: mailed there to members, by us to everybody else, limited here; and a programme that writes to nobody."""

import uuid

import pytest

from loyalty import codes
from loyalty.models import Challenge, LeatLogin
from loyalty.port import Asker, Loyalty, SignUp, TooOften, WrongCode
from tests.loyalty.factories import NOW
from tests.loyalty.leat.running import LeatBench
from tests.loyalty.leat.troubled import BadLine
from tests.test_port import form

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def asker() -> Asker:
    return Asker(guest_id=uuid.uuid4(), ip_address="192.0.2.1")


def send(programme: Loyalty, asker: Asker, email: str = "member@example.com") -> bool:
    return programme.send_code(email, locale="en", asker=asker, now=NOW)


def test_an_address_of_nobody_is_proven_by_a_code_of_ours_and_joins_with_it(
    programme: Loyalty, line: BadLine, asker: Asker
) -> None:
    assert not send(programme, asker, "new@example.com")
    ours = codes.work_out(Challenge.objects.get())

    identified = programme.check_code(ours, asker=asker, now=NOW)
    proven = form("new@example.com", is_verified=True)
    contact_id = programme.sign_up(proven, now=NOW)

    assert (identified.email, identified.contact_id) == ("new@example.com", None)
    assert line.count("/contact-verification/verify") == 0
    assert programme.details(contact_id).is_verified


def test_five_tries_are_judged_per_code(programme: Loyalty, line: BadLine, member: str, asker: Asker) -> None:
    send(programme, asker)

    for _try in range(7):
        with pytest.raises(WrongCode):
            programme.check_code("000000", asker=asker, now=NOW)

    assert line.count("/contact-verification/verify") == 5
    assert LeatLogin.objects.get().attempts == 5


def test_after_twenty_tries_a_day_a_code_of_letters_lets_the_member_in(
    bench: LeatBench, programme: Loyalty, line: BadLine, member: str
) -> None:
    for minute in range(4):
        asker = Asker(guest_id=uuid.uuid4(), ip_address=f"192.0.2.{minute}")
        now = NOW.replace(minute=31 + 2 * minute)
        programme.send_code("member@example.com", locale="en", asker=asker, now=now)
        for _try in range(5):
            with pytest.raises(WrongCode):
                programme.check_code("000000", asker=asker, now=now)
    asker = Asker(guest_id=uuid.uuid4(), ip_address="192.0.2.9")
    later = NOW.replace(minute=45)

    has_letters = programme.send_code("member@example.com", locale="en", asker=asker, now=later)
    identified = programme.check_code(codes.work_out(Challenge.objects.get()), asker=asker, now=later)

    assert has_letters
    assert (identified.contact_id, identified.is_first_verification) == (member, True)
    assert line.count("/contact-verification/send") == 4


def test_asking_for_codes_is_limited_here(programme: Loyalty, line: BadLine, member: str) -> None:
    for _time in range(3):
        send(programme, Asker(guest_id=uuid.uuid4(), ip_address="192.0.2.1"))

    with pytest.raises(TooOften):
        send(programme, Asker(guest_id=uuid.uuid4(), ip_address="192.0.2.1"))

    assert line.count("/contact-verification/send") == 3


def test_a_name_is_kept_as_leat_keeps_it(programme: Loyalty) -> None:
    signed_up: SignUp = form("anna@example.com", first_name=" Anna ", last_name="de Vries")

    details = programme.details(programme.sign_up(signed_up, now=NOW))

    assert (details.first_name, details.last_name, details.locale) == ("Anna", "de Vries", "en")
