"""Giving out vouchers within their promotion's limits: one, a list, everybody; the welcome and the birthday voucher.

Those for members go through `issue`: batches, each one transaction that takes the promotion's row first. An issue key makes a
repeat harmless: whoever has a voucher of this promotion for this key gets no second one.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, F, QuerySet

from loyalty.domain import birthday_in
from loyalty.errors import Conflict, OfferUnavailable, Unavailable
from loyalty.models import Contact, Promotion, Voucher, WebhookEvent, find_programme
from loyalty.models.vouchers import code_key, make_code
from loyalty.webhooks import announce

BATCH = 1000
# A worker that slept for some days still finds the birthdays it missed.
BIRTHDAYS_CAUGHT_UP = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What came of issuing: vouchers made, contacts who had theirs, contacts the limits left without."""

    made: int = 0
    had_it: int = 0
    over_limit: int = 0

    def __add__(self, other: "Issued") -> "Issued":
        return Issued(
            made=self.made + other.made,
            had_it=self.had_it + other.had_it,
            over_limit=self.over_limit + other.over_limit,
        )

    @property
    def looked_at(self) -> int:
        """How many contacts this accounts for."""
        return self.made + self.had_it + self.over_limit


def issue(
    promotion: Promotion,
    contact_ids: Iterable[int],
    *,
    key: str,
    now: datetime,
    progress: Callable[[Issued], None] | None = None,
) -> Issued:
    """Give each contact a voucher of `promotion`; `progress` hears the sum after each batch. Safe to repeat and resume.

    An empty key means: one more, whoever has one already. Raises OfferUnavailable if the promotion is not running.
    """
    check_running(promotion, now=now)
    total = Issued()
    ids = iter(contact_ids)
    while batch := list(islice(ids, BATCH)):
        total += _issue_batch(promotion, batch, key=key, now=now)
        if progress is not None:
            progress(total)
    return total


def issue_one(promotion: Promotion, contact: Contact | None, *, now: datetime, key: str = "", **fields: Any) -> Voucher:
    """Make one voucher, open to whoever types its code where there is no contact; `fields` set its own columns.

    With a key that was used before it returns that voucher. Raises OfferUnavailable (not running, limit reached) and
    Conflict (a code that another voucher has).
    """
    check_running(promotion, now=now)
    try:
        return _issue_one(promotion, contact, now=now, key=key, fields=fields)
    except IntegrityError as error:
        if "code" in fields and Voucher.objects.filter(code_key=code_key(fields["code"])).exists():
            raise Conflict from error
        raise


def _issue_one(
    promotion: Promotion, contact: Contact | None, *, now: datetime, key: str, fields: dict[str, Any]
) -> Voucher:
    with transaction.atomic():
        room = _take_row(promotion)
        if key:
            before = Voucher.objects.filter(promotion=promotion, contact=contact, issue_key=key).first()
            if before is not None:
                return before
        if room == 0 or (contact is not None and _at_limit(promotion, [contact.pk])):
            raise OfferUnavailable(Unavailable.LIMIT_REACHED)
        voucher = _new(promotion, contact.pk if contact else None, key=key, now=now)
        for name, value in fields.items():
            setattr(voucher, name, value)
        voucher.save()
        announce(WebhookEvent.VOUCHER_CREATED, voucher.uuid, now=now)
        Promotion.objects.filter(pk=promotion.pk).update(issued_vouchers=F("issued_vouchers") + 1)
        return voucher


def issue_batch(
    promotion: Promotion, contact: Contact | None, quantity: int, *, key: str, now: datetime, **fields: Any
) -> list[Voucher]:
    """Make `quantity` vouchers of one contact or of nobody, all or none; `fields` set columns of each.

    `key` names the batch on its vouchers. Raises OfferUnavailable (not running, limit reached).
    """
    check_running(promotion, now=now)
    with transaction.atomic():
        room = _take_row(promotion)
        limit = promotion.limit_per_contact
        if contact is not None and limit is not None:
            room = min(quantity if room is None else room, limit - promotion.vouchers.filter(contact=contact).count())
        if room is not None and quantity > room:
            raise OfferUnavailable(Unavailable.LIMIT_REACHED)
        owner = contact.pk if contact else None
        vouchers = [_new(promotion, owner, key=f"{key}:{number}", now=now) for number in range(1, quantity + 1)]
        for voucher in vouchers:
            for name, value in fields.items():
                setattr(voucher, name, value)
        made = Voucher.objects.bulk_create(vouchers)
        announce(WebhookEvent.VOUCHER_CREATED, *(voucher.uuid for voucher in made), now=now)
        Promotion.objects.filter(pk=promotion.pk).update(issued_vouchers=F("issued_vouchers") + quantity)
        return made


def everybody() -> Iterator[int]:
    """Yield the ids of all members, a batch at a time, so that a million of them take no memory."""
    last = 0
    while batch := list(
        Contact.objects.members().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        yield from batch
        last = batch[-1]


def issue_welcome_voucher(contact: Contact, *, now: datetime) -> None:
    """Give a new contact the programme's welcome voucher, if there is one and its promotion is running."""
    promotion = find_programme().welcome_promotion
    if promotion is not None and is_running(promotion, now=now):
        issue(promotion, [contact.pk], key="welcome", now=now)


def issue_birthday_vouchers(*, now: datetime) -> Issued:
    """Give everybody whose birthday it is, or was in the last days, this year's voucher; once a year, however often run."""
    programme = find_programme()
    promotion = programme.birthday_promotion
    total = Issued()
    if promotion is None or not is_running(promotion, now=now):
        return total
    today = programme.today(now=now)
    for days_ago in range(BIRTHDAYS_CAUGHT_UP.days):
        day = today - timedelta(days=days_ago)
        contacts = [
            pk
            for pk, created_at in _born_on(day).values_list("pk", "created_at")
            if programme.today(now=created_at) <= day
        ]
        total += issue(promotion, contacts, key=f"birthday-{day.year}", now=now)
    return total


def is_running(promotion: Promotion, *, now: datetime) -> bool:
    """Say whether vouchers of `promotion` can be issued."""
    return (
        promotion.is_active
        and (promotion.starts_at is None or promotion.starts_at <= now)
        and (promotion.ends_at is None or promotion.ends_at > now)
    )


def check_running(promotion: Promotion, *, now: datetime) -> None:
    """Raise OfferUnavailable with the reason why vouchers of `promotion` cannot be issued."""
    if not promotion.is_active:
        raise OfferUnavailable(Unavailable.DEACTIVATED)
    if promotion.starts_at is not None and promotion.starts_at > now:
        raise OfferUnavailable(Unavailable.NOT_YET_ACTIVE)
    if not is_running(promotion, now=now):
        raise OfferUnavailable(Unavailable.EXPIRED)


def _issue_batch(promotion: Promotion, contact_ids: list[int], *, key: str, now: datetime) -> Issued:
    with transaction.atomic():
        room = _take_row(promotion)
        wanted = list(dict.fromkeys(contact_ids))
        had: set[int | None] = set()
        if key:
            theirs = Voucher.objects.filter(promotion=promotion, contact_id__in=wanted, issue_key=key)
            had = set(theirs.values_list("contact_id", flat=True))
        wanted = [pk for pk in wanted if pk not in had]
        at_limit = _at_limit(promotion, wanted)
        allowed = [pk for pk in wanted if pk not in at_limit][:room]
        made = Voucher.objects.bulk_create(_new(promotion, pk, key=key, now=now) for pk in allowed)
        announce(WebhookEvent.VOUCHER_CREATED, *(voucher.uuid for voucher in made), now=now)
        Promotion.objects.filter(pk=promotion.pk).update(issued_vouchers=F("issued_vouchers") + len(allowed))
        return Issued(made=len(allowed), had_it=len(had), over_limit=len(wanted) - len(allowed))


def _take_row(promotion: Promotion) -> int | None:
    """Take the promotion's row until the transaction ends; return how many more vouchers it allows, None: any number."""
    Promotion.objects.filter(pk=promotion.pk).update(issued_vouchers=F("issued_vouchers"))
    promotion.refresh_from_db(fields=["issued_vouchers", "voucher_limit", "limit_per_contact"])
    if promotion.voucher_limit is None:
        return None
    return max(0, promotion.voucher_limit - promotion.issued_vouchers)


def _at_limit(promotion: Promotion, contact_ids: list[int]) -> set[int]:
    """Return which of these contacts have all the vouchers they may have."""
    limit = promotion.limit_per_contact
    if limit is None:
        return set()
    theirs = Voucher.objects.filter(promotion=promotion, contact_id__in=contact_ids).order_by()
    counted = theirs.values_list("contact_id").annotate(vouchers=Count("pk"))
    return {pk for pk, vouchers in counted if pk is not None and vouchers >= limit} if limit else set(contact_ids)


def _new(promotion: Promotion, contact_id: int | None, *, key: str, now: datetime) -> Voucher:
    code = make_code()
    return Voucher(
        promotion=promotion,
        contact_id=contact_id,
        code=code,
        code_key=code_key(code),
        total_redemptions_allowed=promotion.redemptions_per_voucher,
        expires_at=promotion.voucher_expires_at(issued_at=now),
        issue_key=key,
        created_at=now,
    )


def _born_on(day: date) -> QuerySet[Contact]:
    """Return the members whose birthday is kept on `day`."""
    members = Contact.objects.members()
    born = members.filter(birthdate__month=day.month, birthdate__day=day.day, birthdate__lte=day)
    leapling = date(2000, 2, 29)
    if birthday_in(day.year, leapling) == day and day.day != leapling.day:
        born = born | members.filter(birthdate__month=2, birthdate__day=29, birthdate__lte=day)
    return born.order_by("pk")
