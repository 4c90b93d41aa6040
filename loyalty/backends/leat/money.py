"""Gift cards and prepaid balances at Leat. Its movements have no key, so ours is kept here, and lists are looked at."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from loyalty.backends.guesses import count_guesses
from loyalty.backends.leat import deeds, kept
from loyalty.backends.leat.connection import Part, as_id, as_port_errors
from loyalty.backends.leat.deeds import Answer, Wish
from loyalty.backends.leat.kept import SLOW_SECONDS, Reading, forget_member
from loyalty.backends.leat.outcomes import Refused
from loyalty.dialects.leat.answers_money import (
    Movement,
    read_card,
    read_card_programmes,
    read_movements,
    read_prepaid_cents,
    read_transaction_id,
)
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.reading import moment
from loyalty.errors import (
    GiftCardUnavailable,
    LoyaltyError,
    NotEnoughMoney,
    TooMuchReturned,
    UnknownContact,
    UnknownGiftCard,
)
from loyalty.models import LeatDeed
from loyalty.values import Asker, IssuedGiftCard, MoneyKind, MoneyLink, StoredMoney

SPEND, GIVE_BACK, CARD, LOAD = "spend", "give_back", "card", "load"
LONGEST_CODE = 60
MOST_MOVEMENTS = 100
DIGITAL = 1
_PATHS = {MoneyKind.GIFT_CARD: "/giftcard-transactions", MoneyKind.PREPAID: "/prepaid-transactions"}
_ACCOUNTS = {MoneyKind.GIFT_CARD: "giftcard_uuid", MoneyKind.PREPAID: "contact_uuid"}


class LeatMoney(Part):
    """The stored-money part of loyalty.port.Loyalty."""

    def takes_gift_cards(self) -> bool:
        """Say whether the account has gift card programmes."""
        return bool(kept.read_account("gift-cards", lambda: bool(self._programmes()), seconds=SLOW_SECONDS))

    def find_gift_card(self, code: str, *, asker: Asker, now: datetime) -> StoredMoney:
        """Find a card by its code; guesses are counted per browser and per network."""
        with count_guesses(asker, now=now):
            return self._find_card(code.strip(), now=now)

    def _find_card(self, typed: str, *, now: datetime) -> StoredMoney:
        if not 0 < len(typed) <= LONGEST_CODE:
            raise UnknownGiftCard
        for spelling in dict.fromkeys([typed, typed.upper()]):
            try:
                with as_port_errors((Code.INVALID, lambda _refused: UnknownGiftCard())):
                    card = read_card(self.leat.transport.look("/giftcards/find-one-by", hash=spelling))
            except UnknownGiftCard:
                continue
            if not card.is_active or (card.expires_at is not None and card.expires_at <= now):
                raise GiftCardUnavailable
            return card.money(self.leat.account.currency)
        raise UnknownGiftCard

    def prepaid(self, contact_id: str) -> StoredMoney | None:
        """Return the member's balance, if there is money on it."""
        contact_id = as_id(contact_id, UnknownContact)

        transport = self.leat.transport

        def look() -> int:
            return read_prepaid_cents(transport.look(f"/contacts/{contact_id}/prepaid-balance"))

        reading = Reading(read=look, seconds=self.leat.account.cache_seconds)
        with as_port_errors():
            found = kept.read_member(contact_id, {"prepaid": reading}, together=transport.together)
        if found["prepaid"] <= 0:
            return None
        return StoredMoney(
            kind=MoneyKind.PREPAID,
            id=contact_id,
            name="",
            balance_cents=found["prepaid"],
            currency=self.leat.account.currency,
        )

    def spend_money(
        self, kind: MoneyKind, account_id: str, cents: int, *, currency: str, source: str, shop: str, now: datetime
    ) -> MoneyLink:
        """Take money off a card or a balance."""
        account_id = as_id(account_id, UnknownGiftCard if kind is MoneyKind.GIFT_CARD else UnknownContact)
        if currency != self.leat.account.currency:
            raise GiftCardUnavailable
        wish = Wish(
            kind=SPEND,
            key=source,
            subject=account_id,
            contact_id=account_id if kind is MoneyKind.PREPAID else "",
            content={"kind": kind.value, "account": account_id, "cents": cents},
        )
        return self._move(wish, kind, account_id, -cents, now=now)

    def give_money_back(self, link: MoneyLink, cents: int, *, source: str, now: datetime) -> MoneyLink:
        """Put back what was spent, or a part of it: together never more."""
        spent = LeatDeed.objects.done().filter(kind=SPEND, answer_id=link.id).first()
        if spent is None:
            raise UnknownGiftCard
        self._reserve(spent, cents, source=source, now=now)
        wish = Wish(
            kind=GIVE_BACK, key=source, subject=link.id, contact_id=spent.contact_id, content=_back_of(link, cents)
        )
        is_whole = cents == spent.content["cents"] and link.kind is MoneyKind.GIFT_CARD
        return self._move(
            wish, link.kind, spent.content["account"], cents, reverses=link.id if is_whole else "", now=now
        )

    def _reserve(self, spent: LeatDeed, cents: int, *, source: str, now: datetime) -> None:
        """Write down that so much goes back, unless that is more than is left. Two at once: the spent row is taken first."""
        link = MoneyLink(kind=MoneyKind(spent.content["kind"]), id=spent.answer_id)
        with transaction.atomic():
            LeatDeed.objects.filter(pk=spent.pk).update(answer_id=F("answer_id"))
            others = LeatDeed.objects.filter(kind=GIVE_BACK, subject=link.id).exclude(key=source)
            back_cents = sum(deed.content["cents"] for deed in others)
            if cents + back_cents > spent.content["cents"]:
                raise TooMuchReturned
            LeatDeed.objects.get_or_create(
                kind=GIVE_BACK,
                key=source,
                defaults={
                    "subject": link.id,
                    "contact_id": spent.contact_id,
                    "content": _back_of(link, cents),
                    "first_asked_at": now,
                },
            )

    def issue_gift_card(self, cents: int, *, currency: str, key: str, shop: str, now: datetime) -> IssuedGiftCard:
        """Make a card of the account's first programme that allows the amount, then load it: each once per key."""
        if currency != self.leat.account.currency:
            raise GiftCardUnavailable
        made = self._make_card(cents, key=key, now=now)
        wish = Wish(kind=LOAD, key=key, subject=made.id, content={"cents": cents})
        link = self._move(wish, MoneyKind.GIFT_CARD, made.id, cents, now=now)
        return IssuedGiftCard(code=made.values["code"], expires_at=moment(made.values["expires_at"]), link=link)

    def _make_card(self, cents: int, *, key: str, now: datetime) -> Answer:
        def do(_deed: LeatDeed) -> Answer:
            programme_id = next((one for one, most in self._programmes() if most is None or most >= cents), None)
            if programme_id is None:
                raise GiftCardUnavailable
            with as_port_errors():
                answer = self.leat.transport.change(
                    "/giftcards", {"type": DIGITAL, "giftcard_program_uuid": programme_id}
                )
            card = read_card(answer)
            expires_at = card.expires_at.isoformat() if card.expires_at is not None else None
            return Answer(card.id, {"code": card.code, "expires_at": expires_at})

        # A card that was made and never told of has no money on it: another one takes its place.
        wish = Wish(kind=CARD, key=key, content={"cents": cents})
        return deeds.once(wish, check=self.leat.transport.breaker.check, do=do, look_up=lambda _deed: None, now=now)

    def _programmes(self) -> list[tuple[str, int | None]]:
        with as_port_errors():
            return read_card_programmes(self.leat.transport.look("/giftcard-programs"))

    def _move(
        self, wish: Wish, kind: MoneyKind, account_id: str, cents: int, *, reverses: str = "", now: datetime
    ) -> MoneyLink:
        """Move money once; `cents` below zero take it. `reverses` is the movement on a card that all of it undoes."""

        def too_little(_refused: Refused) -> LoyaltyError | None:
            """No code is published for a prepaid balance that is too low."""
            is_short = kind is MoneyKind.PREPAID and self._prepaid_cents(account_id) < -cents
            return NotEnoughMoney() if is_short else GiftCardUnavailable()

        def do(_deed: LeatDeed) -> Answer:
            body = {
                _ACCOUNTS[kind]: account_id,
                "amount_in_cents": cents,
                "shop_uuid": self.leat.account.shop_uuid,
            }
            with as_port_errors((Code.INVALID, too_little)):
                if reverses and (undone := self._reverse(reverses)) is not None:
                    return undone
                return Answer(read_transaction_id(self.leat.transport.change(_PATHS[kind], body)))

        def look_up(deed: LeatDeed) -> Answer | None:
            found = self._find_movement(kind, account_id, cents, deed)
            return Answer(found.id) if found is not None else None

        try:
            answer = deeds.once(wish, check=self.leat.transport.breaker.check, do=do, look_up=look_up, now=now)
        finally:
            forget_member(wish.contact_id)
        return MoneyLink(kind=kind, id=answer.id)

    def _reverse(self, movement_id: str) -> Answer | None:
        """Undo the card's latest movement, also on a card that takes no more money; None where it is not the latest."""
        path = f"{_PATHS[MoneyKind.GIFT_CARD]}/{movement_id}/reverse"
        try:
            return Answer(read_transaction_id(self.leat.transport.change(path, {})))
        except Refused as refused:
            if refused.code == Code.NOT_THE_LATEST_TRANSACTION:
                return None
            raise

    def _find_movement(self, kind: MoneyKind, account_id: str, cents: int, deed: LeatDeed) -> Movement | None:
        """Return a movement of this amount since we asked that no other deed of ours accounts for."""
        with as_port_errors():
            answer = self.leat.transport.look(
                _PATHS[kind], **{_ACCOUNTS[kind]: account_id}, limit=MOST_MOVEMENTS, sort="-created_at"
            )
        found = [one for one in read_movements(answer, amount="amount_in_cents") if one.amount == cents]
        ours = set(
            LeatDeed.objects.done().filter(answer_id__in=[one.id for one in found]).values_list("answer_id", flat=True)
        )
        since = deeds.asked_since(deed)
        return next((one for one in found if one.id not in ours and one.is_since(since)), None)

    def _prepaid_cents(self, contact_id: str) -> int:
        with as_port_errors():
            return read_prepaid_cents(self.leat.transport.look(f"/contacts/{contact_id}/prepaid-balance"))


def _back_of(link: MoneyLink, cents: int) -> dict[str, object]:
    return {"link": link.id, "cents": cents}
