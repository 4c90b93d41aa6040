"""Rows of the programme for tests: members with round balances, vouchers that can be used, rewards in reach."""

from datetime import UTC, date, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from loyalty import ledger
from loyalty.ledger import Cause
from loyalty.models import Contact, Promotion, Reward, RewardReception, Shop, Tier, Voucher

# A Wednesday, half past seven in the evening in Amsterdam.
NOW = datetime(2026, 6, 3, 17, 30, tzinfo=UTC)


class ContactFactory(DjangoModelFactory[Contact]):
    """A member with a proven address and no points."""

    class Meta:
        model = Contact

    email = factory.Sequence(lambda number: f"member{number}@example.com")
    first_name = "Noor"
    last_name = "Bakker"
    birthdate = date(1990, 4, 12)
    created_at = NOW - timedelta(days=365)
    verified_at = NOW - timedelta(days=365)


class TierFactory(DjangoModelFactory[Tier]):
    """A tier that multiplies by 1.5, given by hand."""

    class Meta:
        model = Tier

    name = factory.Sequence(lambda number: f"Tier {number}")
    position = factory.Sequence(int)
    multiplier = "1.5"


class ShopFactory(DjangoModelFactory[Shop]):
    """A restaurant."""

    class Meta:
        model = Shop

    reference = factory.Sequence(lambda number: f"restaurant-{number}")
    name = factory.Sequence(lambda number: f"Restaurant {number}")


class PromotionFactory(DjangoModelFactory[Promotion]):
    """Ten percent off the order, without limits."""

    class Meta:
        model = Promotion

    name = factory.Sequence(lambda number: f"10% off {number}")
    attributes = factory.LazyFunction(lambda: {"discount_type": "percentage_discount", "discount_value": "10"})


class VoucherFactory(DjangoModelFactory[Voucher]):
    """A voucher of a member of its own, usable once, for another month."""

    class Meta:
        model = Voucher

    promotion = factory.SubFactory(PromotionFactory)
    contact = factory.SubFactory(ContactFactory)
    expires_at = NOW + timedelta(days=30)
    created_at = NOW - timedelta(days=1)


class RewardFactory(DjangoModelFactory[Reward]):
    """A free coffee for 100 points, to be collected within 30 days."""

    class Meta:
        model = Reward

    title = factory.Sequence(lambda number: f"Free coffee {number}")
    required_points = 100
    expiration_duration = timedelta(days=30)
    attributes = factory.LazyFunction(lambda: {"discount_type": "free_item", "product_code": "COFFEE"})


class RewardReceptionFactory(DjangoModelFactory[RewardReception]):
    """A reward bought, without the points having moved: for tests that are not about points."""

    class Meta:
        model = RewardReception

    contact = factory.SubFactory(ContactFactory)
    reward = factory.SubFactory(RewardFactory)
    purchase_key = factory.Sequence(lambda number: f"key-{number}")
    title = factory.SelfAttribute("reward.title")
    points = factory.SelfAttribute("reward.required_points")
    attributes = factory.SelfAttribute("reward.attributes")
    created_at = NOW
    expires_at = NOW + timedelta(days=30)


def member(points: int = 0, *, now: datetime = NOW, expires_at: datetime | None = None, **fields: object) -> Contact:
    """Return a member with that balance, in one bucket."""
    contact: Contact = ContactFactory.create(**fields)
    if points:
        with ledger.open_ledger(contact, now=now) as book:
            book.earn(points, Cause(source=f"test:{contact.pk}"), expires_at=expires_at)
        contact.refresh_from_db()
    return contact
