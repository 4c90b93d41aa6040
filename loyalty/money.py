"""Gift cards and prepaid balances: issuing, topping up, spending, giving back, reversing. Every change of stored money
goes through here.

One transaction each, whose first statement takes the account's row; an entry is unique per (source, kind), so repeating
a cause finds its entry and changes nothing.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Sum

from loyalty.errors import (
    CardProblem,
    Conflict,
    GiftCardUnavailable,
    NotEnoughMoney,
    NotTheLatest,
    TooMuchReturned,
    UnknownGiftCard,
)
from loyalty.models import (
    Contact,
    GiftCard,
    GiftCardProgramme,
    MoneyAccount,
    MoneyEntry,
    MoneyKind,
    Shop,
    WebhookEvent,
    find_programme,
)
from loyalty.models.vouchers import CODE_ALPHABET, code_key
from loyalty.webhooks import announce

CODE_LENGTH = 16  # of 31 letters: 79 bits
GROUP = 4


def make_card_code() -> str:
    """Return a code that nobody can guess, in groups that can be read aloud: "ABCD-EFGH-JKMN-PQRS"."""
    letters = [secrets.choice(CODE_ALPHABET) for _letter in range(CODE_LENGTH)]
    return "-".join("".join(letters[start : start + GROUP]) for start in range(0, CODE_LENGTH, GROUP))


def issue_card(
    programme: GiftCardProgramme,
    *,
    cents: int,
    key: str,
    now: datetime,
    shop: Shop | None = None,
    by: str = "",
    reason: str = "",
) -> GiftCard:
    """Issue a card with this much on it, once per `key`. Raises GiftCardUnavailable (not issued, too much), Conflict."""
    before = GiftCard.objects.filter(issue_key=key).select_related("account", "programme").first()
    if before is not None:
        if before.programme_id != programme.pk or _first_cents(before) != cents:
            raise Conflict
        return before
    if not programme.is_active:
        raise GiftCardUnavailable(CardProblem.NOT_ISSUED)
    if not 0 <= cents <= programme.max_amount_cents:
        raise GiftCardUnavailable(CardProblem.TOO_MUCH)
    code = make_card_code()
    lasts = timedelta(days=programme.expiration_days) if programme.expiration_days else None
    try:
        with transaction.atomic():
            account = MoneyAccount.objects.create(currency=programme.currency)
            card = GiftCard.objects.create(
                programme=programme,
                account=account,
                code=code,
                code_key=code_key(code),
                issue_key=key,
                created_at=now,
                expires_at=now + lasts if lasts else None,
            )
            if cents:
                _post(
                    account, cents, kind=MoneyKind.SALE, source=f"issue:{key}", reason=reason, shop=shop, by=by, now=now
                )
    except IntegrityError:  # somebody issued it under this key a moment before
        if not GiftCard.objects.filter(issue_key=key).exists():
            raise
        return issue_card(programme, cents=cents, key=key, shop=shop, by=by, reason=reason, now=now)
    return card


def find_card(code: str, *, now: datetime) -> GiftCard:
    """Return the card with this code, however it is typed. Raises UnknownGiftCard, GiftCardUnavailable."""
    card = GiftCard.objects.filter(code_key=code_key(code)).select_related("account", "programme").first()
    if card is None:
        raise UnknownGiftCard
    check_usable(card, now=now)
    return card


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
        _take(account)
        if (before := _find(source, MoneyKind.TOP_UP)) is not None:
            return before
        card = GiftCard.objects.filter(account=account).select_related("programme").first()
        if card is not None:
            check_usable(card, now=now)
            if not card.programme.can_be_topped_up and account.entries.exists():
                raise GiftCardUnavailable(CardProblem.NO_TOP_UP)
            _check_room(card, account, cents)
        return _post(
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
        _take(account)
        source = f"adjustment:{key}"
        return _find(source, MoneyKind.ADJUST) or _post(
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
        _take(account)
        before = _find(source, MoneyKind.SPEND)
        if before is not None:
            if before.cents != -cents or before.account_id != account.pk:
                raise Conflict
            return before
        card = GiftCard.objects.filter(account=account).first()
        if card is not None:
            check_usable(card, now=now)
        return _post(account, -cents, kind=MoneyKind.SPEND, source=source, shop=shop, attributes=attributes, now=now)


def give_back(spent: MoneyEntry, cents: int, *, source: str, now: datetime) -> MoneyEntry:
    """Give back what was spent, whole or in part, once per source; also onto a card past its date.

    Raises TooMuchReturned where more would come back than was spent, Conflict where the source gave back another amount.
    """
    with transaction.atomic():
        account = spent.account
        _take(account)
        before = _find(source, MoneyKind.GIVE_BACK)
        if before is not None:
            if before.cents != cents or before.about_id != spent.pk:
                raise Conflict
            return before
        if cents <= 0 or cents > -spent.cents - given_back_cents(spent):
            raise TooMuchReturned
        return _post(account, cents, kind=MoneyKind.GIVE_BACK, source=source, shop=spent.shop, about=spent, now=now)


def reverse(entry: MoneyEntry, *, now: datetime) -> MoneyEntry:
    """Write the opposite of a movement, once: a repeat finds it. Of a card only its latest movement can be reversed.

    Raises NotTheLatest (something came after it, it is a reversal itself, or half of a move), NotEnoughMoney, TooMuchReturned (a part
    came back already), GiftCardUnavailable (more than the card may hold).
    """
    source = f"reverse:{entry.uuid}"
    with transaction.atomic():
        account = entry.account
        _take(account)
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
        return _post(
            account, -entry.cents, kind=MoneyKind.REVERSE, source=source, shop=entry.shop, about=entry, now=now
        )


def is_untouched(sold: MoneyEntry) -> bool:
    """Say whether the card is as this sale left it: nothing was taken from it or put on it since."""
    return (
        sold.kind == MoneyKind.SALE
        and GiftCard.objects.filter(account=sold.account_id).exists()
        and not sold.account.entries.filter(pk__gt=sold.pk).exists()
    )


def is_taken_back(sold: MoneyEntry) -> bool:
    """Say whether `take_back` emptied and closed the card: a reversal alone may be a till's, whose card stays in use."""
    later = sold.account.entries.filter(pk__gt=sold.pk)
    return (
        sold.kind == MoneyKind.SALE
        and GiftCard.objects.filter(account=sold.account_id, is_active=False).exists()
        and [(entry.kind, entry.about_id) for entry in later] == [(MoneyKind.REVERSE, sold.pk)]
    )


def take_back(sold: MoneyEntry, *, now: datetime) -> None:
    """Empty and close a card that was sold and never used; again is quiet. Raises GiftCardUnavailable."""
    with transaction.atomic():
        _take(sold.account)
        if is_taken_back(sold):
            return
        if not is_untouched(sold):
            raise GiftCardUnavailable
        reverse(sold, now=now)
        GiftCard.objects.filter(account=sold.account_id).update(is_active=False)


def given_back_cents(spent: MoneyEntry) -> int:
    """Return how much of what was spent has come back."""
    return spent.follow_ups.aggregate(back=Sum("cents"))["back"] or 0


def move_everything(source: MoneyAccount, target: MoneyAccount, *, key: str, now: datetime) -> None:
    """Move the whole balance onto another account of the same currency: two contacts become one. Inside a transaction."""
    first, second = sorted((source, target), key=lambda account: account.pk)
    _take(first)
    _take(second)
    cents = source.balance_cents
    if cents:
        _post(source, -cents, kind=MoneyKind.MERGE, source=f"{key}:out", now=now)
        _post(target, cents, kind=MoneyKind.MERGE, source=f"{key}:in", now=now)


def _check_room(card: GiftCard, account: MoneyAccount, cents: int) -> None:
    if account.balance_cents + cents > card.programme.max_amount_cents:
        raise GiftCardUnavailable(CardProblem.TOO_MUCH)


def _take(account: MoneyAccount) -> None:
    """Take the account's row until the transaction ends, and read its balance."""
    MoneyAccount.objects.filter(pk=account.pk).update(balance_cents=F("balance_cents"))
    account.refresh_from_db(fields=["balance_cents"])


def _find(source: str, kind: MoneyKind) -> MoneyEntry | None:
    return MoneyEntry.objects.filter(source=source, kind=kind).select_related("account").first()


def _first_cents(card: GiftCard) -> int:
    sold = MoneyEntry.objects.filter(account=card.account_id, kind=MoneyKind.SALE).first()
    return sold.cents if sold else 0


def _post(
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
