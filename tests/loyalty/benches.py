"""What the port's contract needs of a programme that the port cannot do itself: the back office of each backend."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from loyalty import codes, gift_cards, issuing, ledger, money
from loyalty.backends.embedded import EmbeddedLoyalty
from loyalty.models import Challenge, Contact, GiftCardProgramme, Promotion, Reward, Voucher
from loyalty.port import Loyalty
from tests.loyalty.factories import NOW

TEN_PERCENT: Mapping[str, object] = {"discount_type": "percentage_discount", "discount_value": "10"}


class Bench(Protocol):
    """A programme with its back office: 1 point per 1.00, nothing issued on its own."""

    programme: Loyalty
    holds_collectables: bool
    """Whether the programme can keep a reward that was bought from everybody else."""

    def give_points(self, contact_id: str, points: int) -> None:
        """Give points."""

    def issue_voucher(
        self, contact_id: str | None, *, uses: int = 1, expires_at: datetime | None = None, active: bool = True
    ) -> str:
        """Issue a voucher of ten percent off, to whoever types its code where there is no contact; return its code."""

    def make_reward(
        self, *, points: int = 100, stock: int | None = None, collected_later: bool = True, active: bool = True
    ) -> str:
        """Make a reward for points; return its id."""

    def make_gift_card(self, *, cents: int) -> str:
        """Issue a gift card, of a programme of cards up to 100.00; return its code."""

    def give_money(self, contact_id: str, cents: int) -> None:
        """Put money on the contact's prepaid balance."""

    def read_code(self, email: str) -> str:
        """Return the code that was sent to this address last."""


class EmbeddedBench:
    """The programme built in."""

    holds_collectables = True

    def __init__(self) -> None:
        self.programme: Loyalty = EmbeddedLoyalty()

    def give_points(self, contact_id: str, points: int) -> None:
        """Adjust, as staff do."""
        ledger.adjust(Contact.objects.get(uuid=contact_id), points, reason="test", by="test", now=NOW)

    def issue_voucher(
        self, contact_id: str | None, *, uses: int = 1, expires_at: datetime | None = None, active: bool = True
    ) -> str:
        """Issue it from a promotion of its own."""
        promotion = Promotion.objects.create(name="10% off", attributes=dict(TEN_PERCENT))
        contact = Contact.objects.get(uuid=contact_id) if contact_id else None
        voucher = issuing.issue_one(promotion, contact, now=NOW, total_redemptions_allowed=uses, expires_at=expires_at)
        if not active:
            Voucher.objects.filter(pk=voucher.pk).update(deactivated_at=NOW)
        return voucher.code

    def make_reward(
        self, *, points: int = 100, stock: int | None = None, collected_later: bool = True, active: bool = True
    ) -> str:
        """Write its row."""
        reward = Reward.objects.create(
            title="Free coffee",
            required_points=points,
            stock=stock,
            is_pre_redeemable=collected_later,
            is_active=active,
            attributes={"discount_type": "free_item", "product_code": "COFFEE"},
            expiration_duration=timedelta(days=30),
        )
        return str(reward.uuid)

    def make_gift_card(self, *, cents: int) -> str:
        """Issue it by hand."""
        cards, _made = GiftCardProgramme.objects.get_or_create(
            name="Gift card", defaults={"currency": "EUR", "max_amount_cents": 10000}
        )
        return gift_cards.issue_card(cards, cents=cents, key=str(uuid.uuid4()), now=NOW).code

    def give_money(self, contact_id: str, cents: int) -> None:
        """Top up, as staff do."""
        account = money.prepaid_account(Contact.objects.get(uuid=contact_id))
        money.top_up(account, cents, source=str(uuid.uuid4()), now=NOW)

    def read_code(self, email: str) -> str:
        """Work it out, as the worker does."""
        return codes.work_out(Challenge.objects.filter(email=email).latest("created_at"))
