"""A sign-up that stopped after Leat had made the contact: the next sign-in says the rest, once."""

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from loyalty import tasks
from loyalty.backends.leat.deeds import KEEP_JOIN, PATIENCE
from loyalty.backends.leat.people import join_key
from loyalty.models import LeatConsent, LeatDeed
from loyalty.port import Asker, Changes, Consent, ConsentKind, Loyalty, LoyaltyError, ProgrammeAway, SignUp
from tests.loyalty.factories import NOW
from tests.loyalty.leat.running import LeatBench
from tests.loyalty.leat.troubled import AFTER, BEFORE, BadLine

pytestmark = [pytest.mark.django_db, pytest.mark.once]

EMAIL = "New@Example.com"
CONSENTS = (
    Consent(kind=ConsentKind.TERMS, granted=True, wording="I accept the terms."),
    Consent(kind=ConsentKind.MARKETING, granted=False, wording="Send me offers."),
)
FORM = SignUp(
    email=EMAIL,
    consents=CONSENTS,
    first_name="Anna",
    last_name="Bakker",
    birthdate=date(1990, 4, 12),
    locale="nl",
)


LATER, LATER_STILL = NOW + timedelta(hours=1), NOW + timedelta(hours=2)


def sign_in(bench: LeatBench, now: datetime) -> str:
    """Sign in by a code; return the member's id."""
    asker = Asker(guest_id=uuid.uuid4(), ip_address="192.0.2.1")
    bench.programme.send_code(EMAIL, locale="en", asker=asker, now=now)
    identified = bench.programme.check_code(bench.read_code(EMAIL.lower()), asker=asker, now=now)
    assert identified.contact_id is not None
    return identified.contact_id


def come_proven(bench: LeatBench, now: datetime) -> str:
    """Sign in by a login of the site's own."""
    contact_id = bench.programme.find_contact(EMAIL, asker=None, now=now)
    assert contact_id is not None
    return contact_id


def lose_the_contact(line: BadLine, programme: Loyalty) -> None:
    """Leat makes the contact, and we never hear of it."""
    line.let_go_wrong(AFTER, "/contacts")
    with pytest.raises(ProgrammeAway):
        programme.sign_up(FORM, now=NOW)


def lose_the_details(line: BadLine, programme: Loyalty) -> None:
    """Leat makes the contact, and never hears the rest."""
    line.let_go_wrong(BEFORE, "/contacts/")
    with pytest.raises(ProgrammeAway):
        programme.sign_up(FORM, now=NOW)


def lose_the_answer_to_the_details(line: BadLine, programme: Loyalty) -> None:
    """Leat hears everything, and we do not know it."""
    line.let_go_wrong(AFTER, "/contacts/")
    with pytest.raises(ProgrammeAway):
        programme.sign_up(FORM, now=NOW)


def be_killed(line: BadLine, programme: Loyalty) -> None:
    """Stop dead between the call and writing its answer down."""
    lose_the_details(line, programme)
    LeatDeed.objects.filter(kind="join").update(answered_at=None, answer_id="", asked_at=timezone.now() - PATIENCE / 2)


@pytest.mark.parametrize("stop", [lose_the_contact, lose_the_details, lose_the_answer_to_the_details, be_killed])
@pytest.mark.parametrize("come_back", [sign_in, come_proven])
def test_what_was_left_to_say_is_said_at_the_next_sign_in_once(
    bench: LeatBench,
    programme: Loyalty,
    line: BadLine,
    stop: Callable[[BadLine, Loyalty], None],
    come_back: Callable[[LeatBench, datetime], str],
) -> None:
    bench.house.do("welcome")
    stop(line, programme)
    assert not LeatConsent.objects.exists()

    contact_id = come_back(bench, LATER)
    come_back(bench, LATER_STILL)

    details = programme.details(contact_id)
    assert (details.first_name, details.last_name, details.birthdate) == ("Anna", "Bakker", date(1990, 4, 12))
    assert (details.locale, details.consents) == ("nl", {"terms": True, "marketing": False})
    assert list(LeatConsent.objects.values_list("contact_id", "kind", "granted", "wording", "given_at")) == [
        (contact_id, "terms", True, "I accept the terms.", NOW),
        (contact_id, "marketing", False, "Send me offers.", NOW),
    ]
    assert bench.house.do("facts", email="new@example.com")["vouchers"] == 1
    assert line.calls.count(("POST", "/contacts")) == 1
    assert not LeatDeed.objects.filter(kind="join").exists()


def test_what_the_member_changed_since_stays(bench: LeatBench, programme: Loyalty, line: BadLine) -> None:
    lose_the_details(line, programme)
    contact_id = sign_in(bench, LATER)
    programme.change_details(contact_id, Changes(first_name="Annie"), now=NOW)

    sign_in(bench, LATER_STILL)

    assert programme.details(contact_id).first_name == "Annie"


def test_with_leat_away_again_the_member_is_let_in_and_the_rest_is_said_the_next_time(
    bench: LeatBench, programme: Loyalty, line: BadLine
) -> None:
    lose_the_details(line, programme)
    line.let_go_wrong(BEFORE, "/contacts/")

    contact_id = sign_in(bench, LATER)
    before = programme.details(contact_id)
    sign_in(bench, LATER_STILL)

    assert before.first_name == ""
    assert programme.details(contact_id).first_name == "Anna"
    assert LeatConsent.objects.count() == 2


def test_a_sign_up_whose_address_was_somebody_elses_all_along_changes_nothing_of_theirs(
    bench: LeatBench, programme: Loyalty, line: BadLine
) -> None:
    member = programme.sign_up(SignUp(email=EMAIL, consents=CONSENTS, first_name="Noor"), now=NOW)
    later = NOW + timedelta(days=1)
    line.let_go_wrong(BEFORE, "/contacts")
    with pytest.raises(LoyaltyError):
        programme.sign_up(FORM, now=later)
    assert LeatDeed.objects.filter(kind="join").exists()

    programme.find_contact(EMAIL, asker=None, now=later)

    assert programme.details(member).first_name == "Noor"
    assert LeatConsent.objects.count() == 2
    assert not LeatDeed.objects.filter(kind="join").exists()


def test_the_last_form_counts(programme: Loyalty, line: BadLine) -> None:
    lose_the_contact(line, programme)

    contact_id = programme.sign_up(SignUp(email=EMAIL, consents=CONSENTS, first_name="Ann"), now=NOW)

    assert programme.details(contact_id).first_name == "Ann"


def test_the_form_of_another_press_at_the_same_moment_is_no_conflict(programme: Loyalty, line: BadLine) -> None:
    lose_the_details(line, programme)
    joining = LeatDeed.objects.filter(kind="join")
    first = joining.values_list("content", flat=True).get()
    others = iter([{**first, "first_name": "Anne"}])

    def come_between(execute: Callable[..., object], sql: str, *rest: object) -> object:
        """Be the other press: it writes its form down just before the deed is read."""
        if sql.startswith("SELECT") and LeatDeed._meta.db_table in sql:
            for other in others:
                joining.update(content=other)
        return execute(sql, *rest)

    with connection.execute_wrapper(come_between):
        contact_id = programme.sign_up(FORM, now=LATER)

    assert next(others, None) is None
    assert programme.details(contact_id).first_name == "Anna"
    assert line.calls.count(("POST", "/contacts")) == 1
    assert (LeatConsent.objects.count(), joining.exists()) == (2, False)


def test_what_was_typed_in_is_forgotten_when_nobody_comes_back(programme: Loyalty, line: BadLine) -> None:
    lose_the_details(line, programme)
    typed = LeatDeed.objects.get(kind="join")
    assert (typed.key, typed.content["first_name"]) == (join_key("new@example.com"), "Anna")
    LeatDeed.objects.create(kind="order", key="1", first_asked_at=NOW - KEEP_JOIN)

    LeatDeed.objects.filter(pk=typed.pk).update(first_asked_at=timezone.now() - KEEP_JOIN + timedelta(minutes=1))
    tasks.forget_old()
    assert LeatDeed.objects.filter(kind="join").exists()
    LeatDeed.objects.filter(pk=typed.pk).update(first_asked_at=timezone.now() - KEEP_JOIN)
    tasks.forget_old()

    assert list(LeatDeed.objects.values_list("kind", flat=True)) == ["order"]


def test_what_was_typed_in_is_gone_when_the_member_leaves(programme: Loyalty, line: BadLine) -> None:
    lose_the_details(line, programme)
    contact_id = LeatDeed.objects.get(kind="join").answer_id

    programme.erase(contact_id, now=NOW)

    assert not LeatDeed.objects.filter(kind="join").exists()
