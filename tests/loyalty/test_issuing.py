"""Giving out vouchers: limits, batches, repeating, the welcome and the birthday voucher."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from loyalty import issuing
from loyalty.errors import Conflict, OfferUnavailable, Unavailable
from loyalty.issuing import Issued
from loyalty.membership import sign_up
from loyalty.models import Contact, Promotion, Voucher, find_programme
from loyalty.values import Consent, ConsentKind, SignUp
from tests.loyalty.factories import NOW, ContactFactory, PromotionFactory
from tests.parallel import at_once

pytestmark = pytest.mark.django_db


def promote(**fields: object) -> Promotion:
    made: Promotion = PromotionFactory.create(**fields)
    return made


def members(number: int) -> list[int]:
    return [ContactFactory.create().pk for _member in range(number)]


def test_a_voucher_ends_after_its_duration_but_with_the_promotion_at_the_latest() -> None:
    promotion = promote(expiration_duration=timedelta(days=30), ends_at=NOW + timedelta(days=10))
    contact: Contact = ContactFactory.create()

    voucher = issuing.issue_one(promotion, contact, now=NOW)

    assert voucher.expires_at == NOW + timedelta(days=10)
    assert len(voucher.code) == 12


def test_everybody_gets_one_in_batches_with_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuing, "BATCH", 4)
    promotion = promote(redemptions_per_voucher=3)
    ids = members(10)
    told: list[int] = []

    issued = issuing.issue(
        promotion, issuing.everybody(), key="summer", now=NOW, progress=lambda sum_so_far: told.append(sum_so_far.made)
    )

    assert issued == Issued(made=10)
    assert told == [4, 8, 10]
    assert set(Voucher.objects.values_list("contact_id", "total_redemptions_allowed")) == {(pk, 3) for pk in ids}
    assert len(set(Voucher.objects.values_list("code_key", flat=True))) == 10


def test_issuing_again_with_the_same_key_gives_nobody_a_second_one() -> None:
    promotion = promote()
    ids = members(3)
    issuing.issue(promotion, ids[:2], key="summer", now=NOW)

    again = issuing.issue(promotion, [*ids, ids[0]], key="summer", now=NOW)

    assert again == Issued(made=1, had_it=2)
    assert Voucher.objects.count() == 3


def test_another_key_gives_another_one() -> None:
    promotion = promote()
    ids = members(1)
    issuing.issue(promotion, ids, key="summer", now=NOW)

    assert issuing.issue(promotion, ids, key="winter", now=NOW).made == 1


def test_issuing_carries_on_where_a_batch_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuing, "BATCH", 2)
    promotion = promote()
    ids = members(6)

    def stop(issued: Issued) -> None:
        if issued.made == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        issuing.issue(promotion, ids, key="summer", now=NOW, progress=stop)

    assert issuing.issue(promotion, ids, key="summer", now=NOW) == Issued(made=2, had_it=4)
    promotion.refresh_from_db()
    assert promotion.issued_vouchers == Voucher.objects.count() == 6


def test_the_limit_in_all_is_kept() -> None:
    promotion = promote(voucher_limit=2)

    assert issuing.issue(promotion, members(3), key="summer", now=NOW) == Issued(made=2, over_limit=1)
    with pytest.raises(OfferUnavailable) as refused:
        issuing.issue_one(promotion, None, now=NOW)

    assert refused.value.reason == Unavailable.LIMIT_REACHED
    assert Voucher.objects.count() == 2


def test_the_limit_per_contact_is_kept_whatever_the_key() -> None:
    promotion = promote(limit_per_contact=1)
    ids = members(2)
    issuing.issue(promotion, ids[:1], key="summer", now=NOW)

    assert issuing.issue(promotion, ids, key="winter", now=NOW) == Issued(made=1, over_limit=1)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"is_active": False}, Unavailable.DEACTIVATED),
        ({"ends_at": NOW}, Unavailable.EXPIRED),
        ({"starts_at": NOW + timedelta(seconds=1)}, Unavailable.NOT_YET_ACTIVE),
    ],
)
def test_a_promotion_that_is_not_running_issues_nothing(fields: dict[str, object], reason: Unavailable) -> None:
    promotion = promote(**fields)

    with pytest.raises(OfferUnavailable) as refused:
        issuing.issue(promotion, members(1), key="summer", now=NOW)

    assert refused.value.reason == reason
    assert not Voucher.objects.exists()


def test_one_voucher_per_key_is_found_again() -> None:
    promotion = promote()
    contact: Contact = ContactFactory.create()

    assert len({issuing.issue_one(promotion, contact, now=NOW, key="gift-1").pk for _time in range(2)}) == 1


def test_an_open_voucher_takes_the_code_it_is_given() -> None:
    voucher = issuing.issue_one(promote(), None, now=NOW, code="Summer-26", total_redemptions_allowed=100)

    assert (voucher.contact, voucher.code, voucher.code_key) == (None, "Summer-26", "SUMMER26")


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_give_everybody_one_and_keep_the_limit() -> None:
    promotion = promote(voucher_limit=15)
    ids = members(20)

    answers = at_once(
        4, lambda _number: issuing.issue(Promotion.objects.get(pk=promotion.pk), ids, key="summer", now=NOW).made
    )

    assert sum(answer for answer in answers if isinstance(answer, int)) == 15
    assert Voucher.objects.count() == Voucher.objects.values("contact").distinct().count() == 15


def test_a_code_is_given_out_once() -> None:
    promotion = promote()
    issuing.issue_one(promotion, None, now=NOW, code="SUMMER")

    with pytest.raises(Conflict):
        issuing.issue_one(promotion, None, now=NOW, code="sum-mer")

    promotion.refresh_from_db()
    assert promotion.issued_vouchers == Voucher.objects.count() == 1


@pytest.mark.parametrize("code", ["---", "", "taken"])
def test_staff_are_told_about_a_code_that_cannot_be(code: str) -> None:
    issuing.issue_one(promote(), None, now=NOW, code="Taken")

    with pytest.raises(ValidationError) as refused:
        Voucher(promotion=promote(), code=code, created_at=NOW).full_clean()

    assert list(refused.value.message_dict) == ["code"]


# Welcome and birthday -------------------------------------------------------------------------------------------------


def configure(**fields: object) -> None:
    programme = find_programme()
    for name, value in fields.items():
        setattr(programme, name, value)
    programme.save()


def join(email: str = "new@example.com") -> Contact:
    terms = Consent(kind=ConsentKind.TERMS, granted=True, wording="I accept the terms.")
    return sign_up(SignUp(email=email, consents=(terms,)), now=NOW)


def test_who_signs_up_gets_the_welcome_voucher() -> None:
    promotion = promote()
    configure(welcome_promotion=promotion)

    contact = join()

    assert [voucher.promotion for voucher in contact.vouchers.all()] == [promotion]


@pytest.mark.parametrize("fields", [{"is_active": False}, {"voucher_limit": 0}, {"ends_at": NOW}])
def test_who_signs_up_is_let_in_though_there_is_no_welcome_voucher_left(fields: dict[str, object]) -> None:
    configure(welcome_promotion=promote(**fields))

    contact = join()

    assert not contact.vouchers.exists()


def born(birthdate: date, **fields: object) -> Contact:
    contact: Contact = ContactFactory.create(birthdate=birthdate, **fields)
    return contact


def birthdays(now: datetime) -> int:
    return issuing.issue_birthday_vouchers(now=now).made


def test_the_birthday_voucher_comes_once_a_year() -> None:
    configure(birthday_promotion=promote())
    contact = born(date(1990, 6, 3))
    born(date(1990, 6, 4))

    runs = [birthdays(NOW), birthdays(NOW + timedelta(hours=1)), birthdays(NOW.replace(year=2027))]

    assert runs == [1, 0, 1]
    assert contact.vouchers.count() == 2


def test_the_day_is_that_of_the_programmes_clock() -> None:
    configure(birthday_promotion=promote())
    born(date(1990, 6, 4))

    assert birthdays(datetime(2026, 6, 3, 21, 59, tzinfo=UTC)) == 0
    assert birthdays(datetime(2026, 6, 3, 22, 0, tzinfo=UTC)) == 1


@pytest.mark.parametrize(
    ("day", "vouchers"),
    [(date(2027, 2, 27), 0), (date(2027, 2, 28), 1), (date(2028, 2, 28), 0), (date(2028, 2, 29), 1)],
)
def test_who_was_born_on_a_leap_day_has_their_birthday_on_28_february_in_ordinary_years(
    day: date, vouchers: int
) -> None:
    configure(birthday_promotion=promote())
    born(date(2000, 2, 29))

    assert birthdays(datetime(day.year, day.month, day.day, 12, tzinfo=UTC)) == vouchers


def test_a_worker_that_slept_for_days_catches_up() -> None:
    configure(birthday_promotion=promote())
    contact = born(date(1990, 6, 1))
    born(date(1990, 5, 20))

    assert birthdays(NOW) == 1

    assert contact.vouchers.get().issue_key == "birthday-2026"


def test_a_birthday_at_new_year_that_is_caught_up_counts_for_its_own_year() -> None:
    configure(birthday_promotion=promote())
    contact = born(date(1990, 12, 31))

    assert birthdays(datetime(2027, 1, 2, 12, tzinfo=UTC)) == 1
    assert contact.vouchers.get().issue_key == "birthday-2026"


def test_who_joined_after_their_birthday_waits_for_the_next() -> None:
    configure(birthday_promotion=promote())
    born(date(1990, 6, 1), created_at=NOW)

    assert birthdays(NOW) == 0


def test_erased_contacts_have_no_birthday() -> None:
    configure(birthday_promotion=promote())
    born(date(1990, 6, 3), erased_at=NOW)

    assert birthdays(NOW) == 0


def test_without_a_birthday_promotion_nothing_happens() -> None:
    born(date(1990, 6, 3))

    assert birthdays(NOW) == 0
    assert not Voucher.objects.exists()
