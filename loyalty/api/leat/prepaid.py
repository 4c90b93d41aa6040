"""Prepaid balances: money that contacts paid in, spent, and both reversed (leat-api.md section 9)."""

import uuid as uuids

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from loyalty import money
from loyalty.api.auth import Bearer
from loyalty.api.fields import Cents, Sent, Text
from loyalty.api.leat.answers import Answer, Listing, answer, invalid
from loyalty.api.leat.definitions import read_fitting
from loyalty.api.leat.finding import Numbered, SentAttributes, find, find_member, find_named, find_shop
from loyalty.api.leat.showing import shown_contact, shown_shop
from loyalty.api.pages import read_page
from loyalty.currency import minor_digits
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.nested import IdentifierObject
from loyalty.dialects.leat.pages import PrepaidMeta, prepaid_meta
from loyalty.dialects.leat.prepaid import PrepaidTransactionObject, ShownPrepaid, prepaid_object
from loyalty.errors import NotEnoughMoney, NotTheLatest, TooMuchReturned
from loyalty.models import Contact, MoneyEntry, Programme, find_programme

router = Router(tags=["Prepaid transactions"], auth=Bearer("money"))


class AskedPrepaid(Numbered):
    """Whose, and where."""

    contact_uuid: Text | None = None
    shop_uuid: Text | None = None


class NewPrepaid(SentAttributes):
    """Money paid in or (negative) spent, by a contact or whose card it is."""

    contact_uuid: Text | None = None
    contact_identifier_value: Text | None = None
    amount_in_cents: Cents
    shop_uuid: Text


@router.post("/prepaid-transactions", response=Answer[PrepaidTransactionObject])
def create_prepaid(request: HttpRequest, wanted: Sent[NewPrepaid]) -> HttpResponse:
    """Add to a contact's balance, or take from it; never below nothing."""
    if wanted.amount_in_cents == 0:
        raise invalid("amount_in_cents", "Must not be 0.")
    named = find_named(wanted.contact_uuid, wanted.contact_identifier_value)
    shop = find_shop(wanted.shop_uuid)
    attributes = read_fitting("prepaid", wanted.custom_attributes, field="custom_attributes")
    account = money.prepaid_account(named.contact)
    source, cents, now = f"api:{uuids.uuid4()}", wanted.amount_in_cents, timezone.now()
    if cents > 0:
        entry = money.top_up(account, cents, source=source, shop=shop, attributes=attributes, now=now)
    else:
        try:
            entry = money.spend(account, -cents, source=source, shop=shop, attributes=attributes, now=now)
        except NotEnoughMoney as error:
            raise invalid("amount_in_cents", "The prepaid balance is too low.") from error
    return answer(show_prepaid(entry, named.contact, find_programme(), card=named.card))


@router.get("/prepaid-transactions", response=Listing[PrepaidTransactionObject, PrepaidMeta])
def list_prepaid(request: HttpRequest, asked: Query[AskedPrepaid]) -> HttpResponse:
    """Return what happened to prepaid balances, the oldest first."""
    entries = prepaid_entries().order_by("pk")
    if asked.contact_uuid:
        entries = entries.filter(account__contact=find_member(asked.contact_uuid))
    if asked.shop_uuid:
        entries = entries.filter(shop=find_shop(asked.shop_uuid))
    page = read_page(entries, page=asked.page, limit=asked.limit or 10, most=30)
    programme = find_programme()
    shown = [show_prepaid(entry, owner_of(entry), programme) for entry in page.rows]
    return answer(shown, meta=prepaid_meta(**page.numbers))


@router.post("/prepaid-transactions/{uuid}/reverse", response=Answer[PrepaidTransactionObject])
def reverse_prepaid(request: HttpRequest, uuid: str) -> HttpResponse:
    """Write the opposite of a transaction; a second time answers the same one."""
    entry = find(prepaid_entries(), uuid, Code.UNKNOWN_MODEL)
    try:
        mirror = money.reverse(entry, now=timezone.now())
    except NotEnoughMoney as error:
        raise invalid("uuid", "The prepaid balance is too low.") from error
    except (NotTheLatest, TooMuchReturned) as error:
        raise invalid("uuid", "This transaction has been given back in part, or is a reversal itself.") from error
    return answer(show_prepaid(mirror, owner_of(mirror), find_programme()))


def prepaid_entries() -> QuerySet[MoneyEntry]:
    """Return the movements of prepaid balances, each with its contact and shop."""
    return MoneyEntry.objects.exclude(account__contact=None).select_related("account__contact", "shop")


def owner_of(entry: MoneyEntry) -> Contact:
    """Return whose balance moved."""
    assert entry.account.contact is not None
    return entry.account.contact


def show_prepaid(
    entry: MoneyEntry, contact: Contact, programme: Programme, *, card: IdentifierObject | None = None
) -> PrepaidTransactionObject:
    """Return a movement of a prepaid balance as JSON."""
    currency = entry.account.currency
    return prepaid_object(
        ShownPrepaid(
            uuid=entry.uuid,
            cents=entry.cents,
            balance_cents=entry.balance_cents,
            currency=currency,
            digits=minor_digits(currency),
            contact=shown_contact(contact),
            shop=shown_shop(entry.shop, programme),
            created_at=entry.created_at,
            identifier=card,
        )
    )
