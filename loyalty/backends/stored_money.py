"""Gift cards and prepaid balances of the embedded programme, as the port shows them."""

import uuid
from datetime import datetime

from loyalty import gift_cards, money
from loyalty.backends.guesses import count_guesses
from loyalty.errors import GiftCardUnavailable, UnknownContact, UnknownGiftCard
from loyalty.models import Contact, GiftCard, GiftCardProgramme, MoneyAccount, MoneyEntry, find_shop
from loyalty.values import Asker, IssuedGiftCard, MoneyKind, MoneyLink, StoredMoney

LONGEST_CODE = 60


class EmbeddedMoney:
    """The stored-money part of loyalty.port.Loyalty."""

    def takes_gift_cards(self) -> bool:
        """Say whether a gift card programme was set up."""
        return GiftCardProgramme.objects.exists()

    def find_gift_card(self, code: str, *, asker: Asker, now: datetime) -> StoredMoney:
        """Find a card by its code; guesses are counted per browser and per network."""
        with count_guesses(asker, now=now):
            if not 0 < len(code) <= LONGEST_CODE:
                raise UnknownGiftCard
            return _shown_card(gift_cards.find_card(code, now=now))

    def prepaid(self, contact_id: str) -> StoredMoney | None:
        """Return the balance of the contact's account, if there is one with money on it."""
        account = MoneyAccount.objects.filter(contact__uuid=contact_id, balance_cents__gt=0).first()
        if account is None:
            return None
        return StoredMoney(
            kind=MoneyKind.PREPAID,
            id=contact_id,
            name="",
            balance_cents=account.balance_cents,
            currency=account.currency,
        )

    def spend_money(
        self, kind: MoneyKind, account_id: str, cents: int, *, currency: str, source: str, shop: str, now: datetime
    ) -> MoneyLink:
        """Take money off a card or a balance."""
        account = _find_account(kind, account_id)
        if account.currency != currency:
            raise GiftCardUnavailable
        entry = money.spend(account, cents, source=source, shop=find_shop(shop), now=now)
        return MoneyLink(kind=kind, id=str(entry.uuid))

    def give_money_back(self, link: MoneyLink, cents: int, *, source: str, now: datetime) -> MoneyLink:
        """Put back what was spent, or a part of it."""
        spent = MoneyEntry.objects.select_related("account", "shop").filter(uuid=link.id).first()
        if spent is None:
            raise UnknownGiftCard
        entry = money.give_back(spent, cents, source=source, now=now)
        return MoneyLink(kind=link.kind, id=str(entry.uuid))

    def issue_gift_card(self, cents: int, *, currency: str, key: str, shop: str, now: datetime) -> IssuedGiftCard:
        """Issue a card of the oldest programme of that currency which allows the amount; none with nothing on it."""
        if cents <= 0:
            raise GiftCardUnavailable
        before = GiftCard.objects.filter(issue_key=key).select_related("programme").first()
        if before is not None:
            programme = before.programme
        else:
            found = GiftCardProgramme.objects.filter(
                currency=currency, is_active=True, max_amount_cents__gte=cents
            ).order_by("pk")
            if (first := found.first()) is None:
                raise GiftCardUnavailable
            programme = first
        card = gift_cards.issue_card(programme, cents=cents, key=key, shop=find_shop(shop), now=now)
        sold = MoneyEntry.objects.filter(account=card.account_id, source=f"issue:{key}").get()
        return IssuedGiftCard(
            code=card.code,
            expires_at=card.expires_at,
            link=MoneyLink(kind=MoneyKind.GIFT_CARD, id=str(sold.uuid)),
        )


def _shown_card(card: GiftCard) -> StoredMoney:
    return StoredMoney(
        kind=MoneyKind.GIFT_CARD,
        id=str(card.uuid),
        name=f"…{card.ending}",
        balance_cents=card.account.balance_cents,
        currency=card.account.currency,
        expires_at=card.expires_at,
    )


def _find_account(kind: MoneyKind, account_id: str) -> MoneyAccount:
    try:
        identifier = uuid.UUID(account_id)
    except ValueError as error:
        raise UnknownGiftCard from error
    if kind is MoneyKind.GIFT_CARD:
        card = GiftCard.objects.select_related("account").filter(uuid=identifier).first()
        if card is None:
            raise UnknownGiftCard
        return card.account
    contact = Contact.objects.filter(uuid=identifier).first()
    if contact is None:
        raise UnknownContact
    return money.prepaid_account(contact)
