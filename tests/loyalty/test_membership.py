"""Joining, changing details, leaving, and two contacts becoming one."""

import json
import uuid
from datetime import date, timedelta

import pytest
from django.apps import apps
from django.core import serializers
from django.core.exceptions import ValidationError

from loyalty import codes, membership, personal_record, purchases, voucher_use
from loyalty.errors import AlreadyMember, InvalidDetails, UnknownContact
from loyalty.merging import merge
from loyalty.models import ConsentRecord, Contact, PointsEntry, Voucher
from loyalty.order_processing import process_order, process_return
from loyalty.values import Asker, Changes, Consent, ConsentKind, SignUp
from tests.loyalty.documents import give_back, line, order
from tests.loyalty.factories import (
    NOW,
    PromotionFactory,
    RewardFactory,
    ShopFactory,
    TierFactory,
    VoucherFactory,
    member,
)

pytestmark = pytest.mark.django_db

TERMS = Consent(kind=ConsentKind.TERMS, granted=True, wording="I accept the terms.")
NO_MAIL = Consent(kind=ConsentKind.MARKETING, granted=False, wording="Send me offers.")


def form(email: str = "new@example.com", **fields: object) -> SignUp:
    return SignUp(email=email, **({"consents": (TERMS, NO_MAIL)} | fields))  # type: ignore[arg-type]


def test_signing_up_keeps_the_details_and_the_words_agreed_to() -> None:
    contact = membership.sign_up(form(" New@Example.com ", first_name=" Noor ", birthdate=date(1990, 4, 12)), now=NOW)

    contact.refresh_from_db()
    assert (contact.email, contact.first_name, contact.birthdate) == ("new@example.com", "Noor", date(1990, 4, 12))
    assert contact.verified_at is None
    assert list(contact.consents.values_list("kind", "granted", "wording")) == [
        ("terms", True, "I accept the terms."),
        ("marketing", False, "Send me offers."),
    ]


@pytest.mark.parametrize("email", ["member@example.com", "MEMBER@Example.COM", " member@example.com "])
def test_an_address_in_any_case_joins_once_and_the_member_stays_as_they_are(email: str) -> None:
    known = member(email="member@example.com", first_name="Noor")

    with pytest.raises(AlreadyMember):
        membership.sign_up(form(email, first_name="Somebody else"), now=NOW)

    known.refresh_from_db()
    assert (Contact.objects.count(), known.first_name) == (1, "Noor")
    assert not ConsentRecord.objects.exists()


def test_an_address_with_a_tag_is_another_one() -> None:
    member(email="member@example.com")

    membership.sign_up(form("member+lunch@example.com"), now=NOW)

    assert Contact.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": "a@" + "b" * 300 + ".com"}, "email"),
        ({"first_name": "x" * 81}, "first_name"),
        ({"last_name": "a\nb"}, "last_name"),
        ({"birthdate": NOW.date() + timedelta(days=1)}, "birthdate"),
        ({"birthdate": date(1850, 1, 1)}, "birthdate"),
        ({"consents": (NO_MAIL,)}, "terms"),
        ({"consents": (Consent(kind=ConsentKind.TERMS, granted=False, wording="…"),)}, "terms"),
    ],
)
def test_what_cannot_be_kept_is_refused_field_by_field(fields: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidDetails) as refused:
        membership.sign_up(form(**fields), now=NOW)  # type: ignore[arg-type]

    assert list(refused.value.errors) == [field]
    assert not Contact.objects.exists()


def test_staff_are_told_that_an_address_in_other_letters_is_taken() -> None:
    member(email="member@example.com")

    with pytest.raises(ValidationError) as refused:
        Contact(email="MEMBER@example.com", created_at=NOW).full_clean()

    assert list(refused.value.message_dict) == ["email"]


def test_details_and_consents_can_be_changed() -> None:
    contact = member(first_name="Noor")
    yes = Consent(kind=ConsentKind.MARKETING, granted=True, wording="Send me offers.")

    membership.change(contact, Changes(last_name="Visser", no_birthdate=True, consents=(NO_MAIL, yes)), now=NOW)

    contact.refresh_from_db()
    assert (contact.first_name, contact.last_name, contact.birthdate) == ("Noor", "Visser", None)
    assert contact.consents_now() == {"marketing": True}


def test_a_birthdate_in_the_future_changes_nothing() -> None:
    contact = member(first_name="Noor")

    with pytest.raises(InvalidDetails):
        membership.change(contact, Changes(first_name="X", birthdate=NOW.date() + timedelta(days=1)), now=NOW)

    contact.refresh_from_db()
    assert contact.first_name == "Noor"


def with_a_history() -> Contact:
    """Return a member with something in every table."""
    contact = member(500, email="secret.person@example.com", first_name="Xanthippe", last_name="Quodlibet")
    membership.record_consents(contact, [TERMS], now=NOW)
    asker = Asker(guest_id=uuid.uuid4(), ip_address="127.0.0.1")
    codes.send("secret.person@example.com", locale="en", asker=asker, now=NOW)
    document = order(contact, line("a", 1000, quantity=2), identifier="order-1")
    process_order(document, contact=contact, shop=ShopFactory.create(), now=NOW)
    process_return(give_back("order-1", ("a", 1, 1000)), now=NOW)
    purchases.buy(RewardFactory.create(), contact=contact, purchase_key="key", shop=None, now=NOW)
    voucher: Voucher = VoucherFactory.create(contact=contact)
    voucher_use.redeem(voucher, contact=contact, holder="order-1", release_key=None, shop=None, now=NOW)
    VoucherFactory.create(contact=contact)
    contact.refresh_from_db()
    return contact


def test_a_person_can_read_everything_known_about_them() -> None:
    contact = with_a_history()

    record = json.loads(json.dumps(personal_record.export(contact)))

    assert record["contact"]["email"] == "secret.person@example.com"
    assert record["contact"]["points"] == 410
    assert [row["points"] for row in record["points"]] == [500, 20, -10, -100]
    assert record["consents"][0]["wording"] == "I accept the terms."
    assert (len(record["vouchers"]), len(record["rewards"]), len(record["orders"][0]["returns"])) == (2, 1, 1)


def test_an_erased_person_is_in_no_row_and_the_sums_are_unchanged() -> None:
    contact = with_a_history()
    contact.attributes = {"favourite": "Xanthippe's table"}
    contact.save()
    sums = [row.points for row in PointsEntry.objects.order_by("pk")]

    for _repeat in range(2):
        membership.erase(contact, now=NOW)

    dump = serializers.serialize(
        "json", [row for model in apps.get_app_config("loyalty").get_models() for row in model._default_manager.all()]
    )
    assert [word for word in ("secret", "Xanthippe", "Quodlibet", "1990-04-12") if word in dump] == []
    assert [row.points for row in PointsEntry.objects.order_by("pk")] == sums
    contact.refresh_from_db()
    assert contact.balance == 410
    assert not contact.vouchers.filter(deactivated_at=None).exists()


def test_an_erased_address_can_join_again_as_somebody_new() -> None:
    first = member(email="member@example.com")
    membership.erase(first, now=NOW)

    assert membership.sign_up(form("member@example.com"), now=NOW).pk != first.pk


def test_a_return_of_an_erased_persons_order_is_still_corrected() -> None:
    contact = with_a_history()
    membership.erase(contact, now=NOW)

    assert process_return(give_back("order-1", ("a", 1, 1000)), now=NOW).points == -10


# Merging --------------------------------------------------------------------------------------------------------------


def test_merging_adds_balances_buckets_and_limits_up() -> None:
    march, june = NOW + timedelta(days=30), NOW + timedelta(days=90)
    source, destination = member(100, expires_at=march), member(50, expires_at=june)
    reward = RewardFactory.create(required_points=30, limit_per_contact=2)
    purchases.buy(reward, contact=source, purchase_key="key", shop=None, now=NOW)
    purchases.buy(reward, contact=destination, purchase_key="key", shop=None, now=NOW)

    merge(source, destination, now=NOW)

    source.refresh_from_db()
    destination.refresh_from_db()
    assert (source.balance, source.email, destination.balance) == (0, None, 90)
    assert dict(destination.buckets.filter(remaining__gt=0).values_list("expires_at", "remaining")) == {
        march: 70,
        june: 20,
    }
    assert destination.receptions.filter(reward=reward, reversed_at=None).count() == 2


def test_merging_doubles_no_voucher() -> None:
    welcome, other = PromotionFactory.create_batch(2)
    source, destination = member(), member()
    for contact in (source, destination):
        VoucherFactory.create(promotion=welcome, contact=contact, issue_key="welcome")
    VoucherFactory.create(promotion=other, contact=source)

    merge(source, destination, now=NOW)

    usable = destination.vouchers.to_show(now=NOW)
    assert sorted(voucher.promotion_id for voucher in usable) == sorted([welcome.pk, other.pk])
    assert destination.vouchers.count() == 3


def test_merging_leaves_no_unused_twin_of_a_used_voucher() -> None:
    welcome = PromotionFactory.create()
    source, destination = member(), member()
    used = VoucherFactory.create(promotion=welcome, contact=source, issue_key="welcome")
    VoucherFactory.create(promotion=welcome, contact=destination, issue_key="welcome")
    voucher_use.redeem(used, contact=source, holder="order-1", release_key=None, shop=None, now=NOW)

    merge(source, destination, now=NOW)

    assert not destination.vouchers.to_show(now=NOW).exists()


def test_a_balance_below_zero_is_merged_too() -> None:
    source, destination = member(), member(100)
    document = order(source, line("a", 2000), identifier="order-1")
    process_order(document, contact=source, shop=ShopFactory.create(), now=NOW)
    purchases.buy(RewardFactory.create(required_points=20), contact=source, purchase_key="k", shop=None, now=NOW)
    process_return(give_back("order-1", ("a", 1, 2000)), now=NOW)

    merge(source, destination, now=NOW)

    destination.refresh_from_db()
    source.refresh_from_db()
    assert (source.balance, destination.balance) == (0, 80)
    assert sum(destination.buckets.values_list("remaining", flat=True)) == 80


def test_after_a_merge_old_orders_and_purchases_are_corrected_on_the_one_contact() -> None:
    source, destination = member(200), member()
    document = order(source, line("a", 2000), identifier="order-1")
    process_order(document, contact=source, shop=ShopFactory.create(), now=NOW)
    reception, _balance = purchases.buy(RewardFactory.create(), contact=source, purchase_key="k", shop=None, now=NOW)
    merge(source, destination, now=NOW)
    reception.refresh_from_db()

    after_undo = purchases.undo(reception, contact=destination, now=NOW)
    after_return = process_return(give_back("order-1", ("a", 1, 2000)), now=NOW).new_balance

    assert (after_undo, after_return) == (220, 200)


def test_points_earned_since_the_contacts_were_looked_up_are_merged_too() -> None:
    source, destination = member(), member()
    seen_before = Contact.objects.get(pk=source.pk)
    process_order(order(source, line("a", 2000), identifier="o"), contact=source, shop=ShopFactory.create(), now=NOW)

    merge(seen_before, destination, now=NOW)

    destination.refresh_from_db()
    assert (destination.earned_points, destination.balance) == (20, 20)


def test_the_better_tier_is_kept() -> None:
    bronze, gold = TierFactory.create(position=1), TierFactory.create(position=2)
    source, destination = member(), member()
    source.move_to_tier(gold, now=NOW)
    destination.move_to_tier(bronze, now=NOW)

    merge(source, destination, now=NOW)

    destination.refresh_from_db()
    assert destination.tier == gold


def test_nobody_is_merged_with_themselves_or_with_an_erased_contact() -> None:
    contact, erased = member(10), member(20)
    membership.erase(erased, now=NOW)

    for other in (contact, erased):
        with pytest.raises(UnknownContact):
            merge(other, contact, now=NOW)

    contact.refresh_from_db()
    assert contact.balance == 10
