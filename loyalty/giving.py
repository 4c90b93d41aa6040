"""Giving vouchers to many because staff asked for it: a request is a row, workers carry on with it batch by batch.

Each batch is one transaction that writes the vouchers, the counts and how far it came: after a crash the next worker
goes on from there, and no figure is off. What a single batch does is loyalty.issuing's.
"""

import uuid
from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max

from loyalty.errors import Conflict, OfferUnavailable
from loyalty.issuing import BATCH, check_running, issue
from loyalty.models import Contact, IssueRequest, Promotion

# A worker stops after so many batches and queues the rest, so that codes to be mailed do not wait behind a giveaway.
BATCHES_AT_ONCE = 10
# A request that nobody has worked on for this long was left by a worker that died, or its doorbell was lost.
LEFT_AFTER = timedelta(seconds=30)


def ask_for_vouchers(
    promotion: Promotion, contact_ids: Iterable[int] | None, *, key: uuid.UUID, by: str, now: datetime
) -> IssueRequest:
    """Write down that these contacts (None: all members) are to get a voucher; the same key again is the same request.

    Raises OfferUnavailable if the promotion is not running, Conflict where the key asked for something else before.
    """
    check_running(promotion, now=now)
    members = Contact.objects.members()
    ids = [] if contact_ids is None else sorted(set(contact_ids))
    last = members.aggregate(last=Max("pk"))["last"] or 0
    request, _made = IssueRequest.objects.get_or_create(
        uuid=key,
        defaults={
            "promotion": promotion,
            "is_for_everybody": contact_ids is None,
            "contact_ids": ids,
            "up_to_contact_id": last,
            "total": members.filter(pk__lte=last).count() if contact_ids is None else len(ids),
            "asked_by": by,
            "asked_at": now,
        },
    )
    asked_for = (request.promotion_id, request.is_for_everybody, request.contact_ids)
    if asked_for != (promotion.pk, contact_ids is None, ids):
        raise Conflict
    return request


def carry_on(request_id: int, *, now: datetime, batches: int = BATCHES_AT_ONCE) -> bool:
    """Give out the next `batches` of a request; return whether there is more to do. Repeatable, also by two at once."""
    for _batch in range(batches):
        try:
            if not _give_next_batch(request_id, now=now):
                return False
        except OfferUnavailable as stopped:
            unfinished = IssueRequest.objects.filter(pk=request_id, finished_at=None)
            unfinished.update(finished_at=now, problem=stopped.reason)
            return False
    return True


def requests_left(*, now: datetime) -> list[int]:
    """Return the requests that are not finished and that nobody works on."""
    unfinished = IssueRequest.objects.filter(finished_at=None)
    left = unfinished.filter(worked_at=None) | unfinished.filter(worked_at__lte=now - LEFT_AFTER)
    return list(left.order_by("pk").values_list("pk", flat=True))


def _give_next_batch(request_id: int, *, now: datetime) -> bool:
    with transaction.atomic():
        # Takes the request's row: a second worker waits here and then goes on after this batch.
        mine = IssueRequest.objects.filter(pk=request_id, finished_at=None)
        if mine.update(worked_at=now) != 1:
            return False
        request = IssueRequest.objects.select_related("promotion").get(pk=request_id)
        contact_ids = _next_contacts(request)
        if not contact_ids:
            mine.update(finished_at=now)
            return False
        issued = issue(request.promotion, contact_ids, key=str(request.uuid), now=now)
        mine.update(
            last_contact_id=contact_ids[-1],
            made=F("made") + issued.made,
            had_it=F("had_it") + issued.had_it,
            over_limit=F("over_limit") + issued.over_limit,
        )
        return True


def _next_contacts(request: IssueRequest) -> list[int]:
    """Return the members whose turn is next, by id; none are left: empty."""
    members = Contact.objects.members().filter(pk__gt=request.last_contact_id).order_by("pk")
    if request.is_for_everybody:
        return list(members.filter(pk__lte=request.up_to_contact_id).values_list("pk", flat=True)[:BATCH])
    start = bisect_right(request.contact_ids, request.last_contact_id)
    while start < len(request.contact_ids):
        batch = list(members.filter(pk__in=request.contact_ids[start : start + BATCH]).values_list("pk", flat=True))
        if batch:
            return batch
        start += BATCH  # everybody among these has left the programme
    return []
