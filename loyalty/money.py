"""The money on gift cards and prepaid balances: topping up, spending, giving back, reversing. Every change of stored
money goes through `post`; issuing cards and taking them back is loyalty.gift_cards.

One transaction each, whose first statement takes the account's row; an entry is unique per (source, kind), so repeating
a cause finds its entry and changes nothing.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum

from loyalty.errors import CardProblem, Conflict, GiftCardUnavailable, NotEnoughMoney, NotTheLatest, TooMuchReturned
from loyalty.models import Contact, GiftCard, MoneyAccount, MoneyEntry, MoneyKind, Shop, WebhookEvent, find_programme
from loyalty.webhooks import announce


def check_usable(card: GiftCard, *, now: datetime) -> None:
    """Raise GiftCardUnavailable, with the reason, for a card that is out of use or past its date."""
    if not card.is_active:
        raise GiftCardUnavailable(CardProblem.OUT_OF_USE)
    if card.expires_at is not None and card.expires_at <= now:
        raise GiftCardUnavailable(CardProblem.EXPIRED)


def prepaid_account(contact: Contact) -> MoneyAccount:
    """Return the contact's prepaid account, in the programme's currency, made at the first use."""
    account, _made = MoneyAccount.objects.get_or_create(
        contact=contact, defaults={"currency": find_programme().currency}
    )
    return account


def top_up(
    account: MoneyAccount,
    cents: int,
    *,
    source: str,
    now: datetime,
    reason: str = "",
    by: str = "",
    shop: Shop | None = None,
    attributes: Mapping[str, object] | None = None,
) -> MoneyEntry:
    """Put money on an account, once per source. Raises GiftCardUnavailable where the card may not hold that much.

    A card that cannot be topped up may be loaded once, while nothing was ever on it.
    """
    if cents <= 0:
        raise ValueError("a top-up puts money on")
    with transaction.atomic():
        take(account)
        if (before := _find(source, MoneyKind.TOP_UP)) is not None:
            return before
        card = GiftCard.objects.filter(account=account).select_related("programme").first()
        if card is not None:
            check_usable(card, now=now)
            if not card.programme.can_be_topped_up and account.entries.exists():
                raise GiftCardUnavailable(CardProblem.NO_TOP_UP)
            _check_room(card, account, cents)
        return post(
            account,
            cents,
            kind=MoneyKind.TOP_UP,
            source=source,
            reason=reason,
            shop=shop,
            by=by,
            attributes=attributes,
            now=now,
        )


def adjust(account: MoneyAccount, cents: int, *, reason: str, by: str, key: str, now: datetime) -> MoneyEntry:
    """Put money on or (negative) take it off by hand, with who and why. Raises NotEnoughMoney, ValueError."""
    if not reason.strip() or cents == 0:
        raise ValueError("an adjustment needs an amount and a reason")
    with transaction.atomic():
        take(account)
        source = f"adjustment:{key}"
        return _find(source, MoneyKind.ADJUST) or post(
            account, cents, kind=MoneyKind.ADJUST, source=source, reason=reason, by=by, now=now
        )


def spend(
    account: MoneyAccount,
    cents: int,
    *,
    source: str,
    now: datetime,
    shop: Shop | None = None,
    attributes: Mapping[str, object] | None = None,
) -> MoneyEntry:
    """Take money for an order, once per source. Raises NotEnoughMoney, GiftCardUnavailable, Conflict (another amount)."""
    with transaction.atomic():
        take(account)
        before = _find(source, MoneyKind.SPEND)
        if before is not None:
            if before.cents != -cents or before.account_id != account.pk:
                raise Conflict
            return before
        card = GiftCard.objects.filter(account=account).first()
        if card is not None:
            check_usable(card, now=now)
        return post(account, -cents, kind=MoneyKind.SPEND, source=source, shop=shop, attributes=attributes, now=now)


def give_back(spent: MoneyEntry, cents: int, *, source: str, now: datetime) -> MoneyEntry:
    """Give back what was spent, whole or in part, once per source; also onto a card past its date.

    Raises TooMuchReturned where more would come back than was spent, Conflict where the source gave back another amount.
    """
    with transaction.atomic():
        account = _take_heir(spent.account)
        before = _find(source, MoneyKind.GIVE_BACK)
        if before is not None:
            if before.cents != cents or before.about_id != spent.pk:
                raise Conflict
            return before
        if cents <= 0 or cents > -spent.cents - given_back_cents(spent):
            raise TooMuchReturned
        return post(account, cents, kind=MoneyKind.GIVE_BACK, source=source, shop=spent.shop, about=spent, now=now)


def reverse(entry: MoneyEntry, *, now: datetime) -> MoneyEntry:
    """Write the opposite of a movement, once: a repeat finds it. Of a card only its latest movement can be reversed.

    Raises NotTheLatest (something came after it, it is a reversal itself, or half of a move), NotEnoughMoney, TooMuchReturned (a part
    came back already), GiftCardUnavailable (more than the card may hold).
    """
    source = f"reverse:{entry.uuid}"
    with transaction.atomic():
        account = _take_heir(entry.account)
        before = _find(source, MoneyKind.REVERSE)
        if before is not None:
            return before
        card = GiftCard.objects.filter(account=account).select_related("programme").first()
        if entry.kind in {MoneyKind.REVERSE, MoneyKind.MERGE}:
            raise NotTheLatest
        if card is not None and account.entries.filter(pk__gt=entry.pk).exists():
            raise NotTheLatest
        if given_back_cents(entry):
            raise TooMuchReturned
        if card is not None and entry.cents < 0:
            _check_room(card, account, -entry.cents)
        return post(account, -entry.cents, kind=MoneyKind.REVERSE, source=source, shop=entry.shop, about=entry, now=now)


def given_back_cents(spent: MoneyEntry) -> int:
    """Return how much of what was spent has come back."""
    return spent.follow_ups.aggregate(back=Sum("cents"))["back"] or 0


def move_everything(source: MoneyAccount, target: MoneyAccount, *, key: str, now: datetime) -> None:
    """Move the whole balance onto another account of the same currency: two contacts become one. Inside a transaction."""
    first, second = sorted((source, target), key=lambda account: account.pk)
    take(first)
    take(second)
    cents = source.balance_cents
    if cents:
        post(source, -cents, kind=MoneyKind.MERGE, source=f"{key}:out", now=now)
        post(target, cents, kind=MoneyKind.MERGE, source=f"{key}:in", now=now)


def take(account: MoneyAccount) -> None:
    """Take the account's row until the transaction ends, and read its balance."""
    MoneyAccount.objects.filter(pk=account.pk).update(balance_cents=F("balance_cents"))
    account.refresh_from_db(fields=["balance_cents"])


def _take_heir(account: MoneyAccount) -> MoneyAccount:
    """Take the account, and return the one its money is on by now: that of whom its contact was merged into."""
    take(account)
    if account.contact_id is None:
        return account
    heir = Contact.objects.select_related("merged_into").get(pk=account.contact_id).merged_into  # by now, not as loaded
    return account if heir is None else _take_heir(prepaid_account(heir))


def post(
    account: MoneyAccount,
    cents: int,
    *,
    kind: MoneyKind,
    source: str,
    now: datetime,
    shop: Shop | None = None,
    about: MoneyEntry | None = None,
    reason: str = "",
    by: str = "",
    attributes: Mapping[str, object] | None = None,
) -> MoneyEntry:
    """Write one entry and move the balance, guarded in its own statement. Raises NotEnoughMoney."""
    guarded = MoneyAccount.objects.filter(pk=account.pk, balance_cents__gte=max(0, -cents))
    if guarded.update(balance_cents=F("balance_cents") + cents) != 1:
        raise NotEnoughMoney
    account.refresh_from_db(fields=["balance_cents"])
    entry = MoneyEntry.objects.create(
        account=account,
        kind=kind,
        source=source,
        cents=cents,
        balance_cents=account.balance_cents,
        shop=shop,
        about=about,
        created_at=now,
        reason=reason[:200],
        made_by=by,
        attributes=dict(attributes or {}),
    )
    is_prepaid = account.contact_id is not None
    event = WebhookEvent.PREPAID_TRANSACTION_CREATED if is_prepaid else WebhookEvent.GIFT_CARD_TRANSACTION_CREATED
    announce(event, entry.uuid, now=now)
    return entry


def _check_room(card: GiftCard, account: MoneyAccount, cents: int) -> None:
    if account.balance_cents + cents > card.programme.max_amount_cents:
        raise GiftCardUnavailable(CardProblem.TOO_MUCH)


def _find(source: str, kind: MoneyKind) -> MoneyEntry | None:
    return MoneyEntry.objects.filter(source=source, kind=kind).select_related("account").first()
