"""The back office of the Leat of a test run: what staff and a worker there do, on its own database. Runs in its process."""

from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from django.apps import apps

from loyalty import tokens
from loyalty.attributes import AttributeType
from loyalty.models import (
    Contact,
    CustomAttribute,
    GiftCard,
    GiftCardProgramme,
    MoneyAccount,
    Programme,
    Shop,
    TokenKind,
    Voucher,
)
from tests.loyalty.benches import EmbeddedBench
from tests.loyalty.factories import PromotionFactory

SHOP = "demo"


class BackOffice(EmbeddedBench):
    """The embedded programme's, with dates as texts."""

    def open(self) -> dict[str, str]:
        """Set the account up: a shop, our attributes of contacts, a token; return what a client must know."""
        import_module("loyalty.migrations.0002_foundation").lay_foundation(apps, None)
        shop, _made = Shop.objects.get_or_create(reference=SHOP, defaults={"name": "Demo"})
        for name in ("terms_accepted", "marketing_accepted"):
            CustomAttribute.objects.get_or_create(
                entity="contact", name=name, defaults={"label": name, "type": AttributeType.BOOLEAN}
            )
        made = tokens.make_token("tests", kind=TokenKind.BEARER, now=datetime.now(UTC), scopes=tokens.SCOPES)
        return {"token": made.secret, "shop_uuid": str(shop.uuid)}

    def issue(self, contact_id: str | None, uses: int, expires_at: str | None, active: bool) -> str:
        """Issue a voucher; return its code."""
        moment = datetime.fromisoformat(expires_at) if expires_at is not None else None
        return self.issue_voucher(contact_id, uses=uses, expires_at=moment, active=active)

    def take_no_top_ups(self) -> None:
        """Have cards take no more money than they were sold with."""
        GiftCardProgramme.objects.update(can_be_topped_up=False)

    def welcome(self) -> None:
        """Have everybody who joins get a voucher."""
        Programme.objects.update(welcome_promotion=PromotionFactory.create(name="Welcome"))

    def facts(self, email: str) -> dict[str, Any]:
        """Return what happened to a member: points, and how often vouchers and rewards of theirs were used."""
        contact = Contact.objects.get(email=email)
        return {
            "balance": contact.balance,
            "entries": list(contact.points_entries.order_by("pk").values_list("points", flat=True)),
            "orders": contact.orders.count(),
            "redemptions": contact.redemptions.filter(reversed_at=None).count(),
            "receptions": contact.receptions.filter(reversed_at=None).count(),
            "cards": list(GiftCard.objects.order_by("pk").values_list("account__balance_cents", flat=True)),
            "prepaid": sum(MoneyAccount.objects.filter(contact=contact).values_list("balance_cents", flat=True)),
            "vouchers": contact.vouchers.count(),
            "held": Voucher.objects.filter(contact=contact).exclude(locked_until=None).count(),
        }
