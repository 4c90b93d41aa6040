"""Gift cards: issuing, finding and taking back. What moves the money on them is loyalty.money."""

import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from loyalty import money
from loyalty.errors import CardProblem, Conflict, GiftCardUnavailable, UnknownGiftCard
from loyalty.models import GiftCard, GiftCardProgramme, MoneyAccount, MoneyEntry, MoneyKind, Shop
from loyalty.models.vouchers import CODE_ALPHABET, code_key

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
                money.post(
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
    money.check_usable(card, now=now)
    return card


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
        money.take(sold.account)
        if is_taken_back(sold):
            return
        if not is_untouched(sold):
            raise GiftCardUnavailable
        money.reverse(sold, now=now)
        GiftCard.objects.filter(account=sold.account_id).update(is_active=False)


def _first_cents(card: GiftCard) -> int:
    sold = MoneyEntry.objects.filter(account=card.account_id, kind=MoneyKind.SALE).first()
    return sold.cents if sold else 0
