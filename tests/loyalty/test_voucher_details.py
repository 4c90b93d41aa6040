"""Vouchers made with details of their own, in batches, and changed later."""

from datetime import timedelta

import pytest

from loyalty import issuing, voucher_details, voucher_use
from loyalty.errors import InvalidDetails, OfferUnavailable, Unavailable
from loyalty.models import CustomAttribute, Entity, Voucher
from loyalty.voucher_details import VoucherChanges, VoucherDetails
from tests.loyalty.factories import NOW, ContactFactory, PromotionFactory, VoucherFactory

pytestmark = pytest.mark.django_db

TOMORROW = NOW + timedelta(days=1)


def test_a_voucher_takes_the_details_it_is_given() -> None:
    promotion = PromotionFactory.create(expiration_duration=timedelta(days=3))
    details = VoucherDetails(code="SUMMER-26", uses=4, activates_at=NOW, expires_at=TOMORROW)

    voucher = issuing.issue_one(promotion, None, now=NOW, **details.columns())

    assert (voucher.code, voucher.total_redemptions_allowed) == ("SUMMER-26", 4)
    assert (voucher.activates_at, voucher.expires_at) == (NOW, TOMORROW)


@pytest.mark.once
@pytest.mark.parametrize(
    ("details", "field"),
    [
        (VoucherDetails(code="--"), "code"),
        (VoucherDetails(code="ß" * 40), "code"),
        (VoucherDetails(code="A" * 61), "code"),
        (VoucherDetails(uses=0), "uses"),
        (VoucherDetails(activates_at=NOW, expires_at=NOW), "expires_at"),
        (VoucherDetails(attributes={"nobody": "1"}), "attributes"),
    ],
)
def test_details_that_cannot_be_are_named(details: VoucherDetails, field: str) -> None:
    with pytest.raises(InvalidDetails) as refused:
        details.columns()

    assert set(refused.value.errors) == {field}


def test_a_batch_is_made_whole_or_not_at_all() -> None:
    promotion = PromotionFactory.create(voucher_limit=5)

    issuing.issue_batch(promotion, None, 4, key="batch:1", now=NOW)
    with pytest.raises(OfferUnavailable) as refused:
        issuing.issue_batch(promotion, None, 2, key="batch:2", now=NOW)

    assert refused.value.reason is Unavailable.LIMIT_REACHED
    assert len(set(promotion.vouchers.values_list("code_key", flat=True))) == 4
    promotion.refresh_from_db()
    assert promotion.issued_vouchers == 4


def test_a_batch_for_one_contact_keeps_the_limit_per_contact() -> None:
    promotion = PromotionFactory.create(limit_per_contact=2)
    contact = ContactFactory.create()

    with pytest.raises(OfferUnavailable):
        issuing.issue_batch(promotion, contact, 3, key="batch:1", now=NOW)
    made = issuing.issue_batch(promotion, contact, 2, key="batch:2", now=NOW)

    assert [voucher.contact_id for voucher in made] == [contact.pk] * 2
    assert promotion.vouchers.count() == 2


def test_a_voucher_is_taken_out_of_use_and_put_back_and_gets_another_end() -> None:
    CustomAttribute.objects.create(entity=Entity.VOUCHER, name="table", label="Table", type="text")
    voucher = VoucherFactory.create()

    voucher_details.change(voucher, VoucherChanges(is_active=False), now=NOW)
    assert Voucher.objects.get(pk=voucher.pk).deactivated_at == NOW
    voucher_details.change(
        voucher, VoucherChanges(is_active=True, expires_at=TOMORROW, attributes={"table": "7"}), now=TOMORROW
    )

    changed = Voucher.objects.get(pk=voucher.pk)
    assert (changed.deactivated_at, changed.expires_at, changed.attributes) == (None, TOMORROW, {"table": "7"})


@pytest.mark.parametrize("fields", [{"times_redeemed": 1}, {"expires_at": NOW}, {"deactivated_at": NOW}])
def test_only_the_end_of_a_voucher_that_can_be_used_is_moved(fields: dict[str, object]) -> None:
    voucher = VoucherFactory.create(**fields)

    with pytest.raises(InvalidDetails) as refused:
        voucher_details.change(voucher, VoucherChanges(expires_at=TOMORROW), now=NOW)

    assert set(refused.value.errors) == {"expires_at"}
    assert Voucher.objects.get(pk=voucher.pk).expires_at != TOMORROW


def test_a_held_voucher_keeps_its_end() -> None:
    voucher = VoucherFactory.create()
    voucher_use.lock(voucher, contact=None, holder="order-1", until=TOMORROW, now=NOW)

    with pytest.raises(InvalidDetails):
        voucher_details.change(Voucher.objects.get(pk=voucher.pk), VoucherChanges(expires_at=TOMORROW), now=NOW)


def test_the_voucher_of_somebody_who_left_is_not_put_back_into_use() -> None:
    voucher = VoucherFactory.create(contact=ContactFactory.create(erased_at=NOW), deactivated_at=NOW)

    with pytest.raises(InvalidDetails):
        voucher_details.change(voucher, VoucherChanges(is_active=True), now=NOW)

    assert Voucher.objects.get(pk=voucher.pk).deactivated_at == NOW
