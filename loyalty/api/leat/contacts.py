"""Contacts: found, made, changed, listed, merged, erased."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from loyalty import identifiers, membership, merging
from loyalty.api.auth import Bearer
from loyalty.api.fields import Email, Payload, Sent, Text
from loyalty.api.leat.answers import Answer, Listing, Paging, Refused, answer, invalid
from loyalty.api.leat.cards import find_card
from loyalty.api.leat.finding import Attributes, find_member
from loyalty.api.leat.people import show_contact, show_contacts
from loyalty.api.leat.writing import write_attributes
from loyalty.api.pages import read_page
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.contacts import ContactObject, ContactUuid
from loyalty.dialects.leat.pages import ViewingMeta, viewing_meta
from loyalty.errors import AlreadyMember
from loyalty.models import Contact

router = Router(tags=["Contacts"], auth=Bearer("contacts"))
WRITES = Bearer("contacts", action="write")
MOST = 100


class ByEmail(Payload):
    """An address."""

    email: Email


class NewContact(ByEmail):
    """A contact to be made. Referral codes are off-path: taken and not looked at."""

    referral_code: Text | None = None


class Written(Payload):
    """Attributes to be written, by name."""

    attributes: Attributes


class NewAnonymous(Payload):
    """A contact without an address, perhaps with a card."""

    contact_identifier_value: Text | None = None


class Deletion(Payload):
    """How to delete: both kinds make the person anonymous and keep the money's rows."""

    type: str = "DEFAULT"


class Merge(Payload):
    """Which contact becomes part of which."""

    source_contact_uuid: Text
    destination_contact_uuid: Text


@router.get("/contacts/find-one-by", response=Answer[ContactObject])
def find_one_by(request: HttpRequest, asked: Query[ByEmail]) -> HttpResponse:
    """Return the contact with this address."""
    now = timezone.now()
    shown = show_contacts(Contact.objects.with_address(asked.email), now=now)
    if not shown:
        raise Refused(Code.UNKNOWN_CONTACT)
    return answer(shown[0])


@router.get("/contacts/find-or-create", response=Answer[ContactObject], auth=WRITES)
def find_or_create(request: HttpRequest, asked: Query[ByEmail]) -> HttpResponse:
    """Return the contact with this address, made if there is none."""
    contact = _find_or_make(asked.email)
    return answer(show_contact(contact, now=timezone.now()))


@router.get("/contacts/find-or-create/async", response=Answer[ContactUuid], auth=WRITES)
def find_or_create_fast(request: HttpRequest, asked: Query[ByEmail]) -> HttpResponse:
    """Return only the uuid of the contact with this address, made if there is none."""
    return answer({"uuid": str(_find_or_make(asked.email).uuid)})


@router.post("/contacts", response=Answer[ContactUuid])
def create_contact(request: HttpRequest, contact: Sent[NewContact]) -> HttpResponse:
    """Make a contact; names and the rest are written by the next call."""
    return answer({"uuid": str(membership.enrol(contact.email, now=timezone.now()).uuid)})


@router.post("/contacts/async", response=Answer[ContactUuid])
def create_contact_fast(request: HttpRequest, contact: Sent[NewContact]) -> HttpResponse:
    """Make a contact; here that is as fast as it gets."""
    return answer({"uuid": str(membership.enrol(contact.email, now=timezone.now()).uuid)})


@router.post("/contacts/anonymous", response=Answer[ContactUuid])
def create_anonymous(request: HttpRequest, contact: Sent[NewAnonymous]) -> HttpResponse:
    """Make a contact without an address, known by their card."""
    now = timezone.now()
    card = find_card(contact.contact_identifier_value) if contact.contact_identifier_value else None
    if card is not None and card.contact_id is not None:
        raise Refused(Code.IDENTIFIER_LINKED)
    made = membership.enrol_anonymous(now=now)
    if card is not None:
        try:
            identifiers.link(card, made)
        except identifiers.AlreadyLinked as error:
            made.delete()
            raise Refused(Code.IDENTIFIER_LINKED) from error
    return answer({"uuid": str(made.uuid)})


@router.post("/contacts/merge", response=Answer[ContactObject])
def merge_contacts(request: HttpRequest, merge: Sent[Merge]) -> HttpResponse:
    """Make one contact part of another; the answer is what the other is now."""
    source, destination = find_member(merge.source_contact_uuid), find_member(merge.destination_contact_uuid)
    if source.pk == destination.pk:
        raise invalid("destination_contact_uuid", "A contact cannot be merged with itself.")
    now = timezone.now()
    merging.merge(source, destination, now=now)
    return answer(show_contact(destination, now=now))


@router.get("/contacts", response=Listing[ContactObject, ViewingMeta])
def list_contacts(request: HttpRequest, asked: Query[Paging]) -> HttpResponse:
    """Return a page of contacts, the newest first."""
    rows = Contact.objects.members().filter(**asked.filters()).order_by(*asked.ordering())
    page = read_page(rows.only("pk"), page=asked.page, limit=asked.limit or 10, most=MOST)
    shown = rows.filter(pk__in=[row.pk for row in page.rows])
    return answer(show_contacts(shown, now=timezone.now()), meta=viewing_meta(**page.numbers))


@router.get("/contacts/{uuid}", response=Answer[ContactObject])
def show(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return a contact."""
    return answer(show_contact(find_member(uuid), now=timezone.now()))


@router.put("/contacts/{uuid}", response=Answer[ContactObject])
def update(request: HttpRequest, uuid: str, changes: Sent[Written]) -> HttpResponse:
    """Write attributes; those that the system itself keeps are refused."""
    contact = find_member(uuid)
    now = timezone.now()
    write_attributes(contact, changes.attributes, now=now)
    return answer(show_contact(contact, now=now))


@router.put("/contacts/{uuid}/claim", response=Answer[ContactObject])
def claim(request: HttpRequest, uuid: str, claimed: Sent[ByEmail]) -> HttpResponse:
    """Give an anonymous contact an address."""
    contact = find_member(uuid)
    now = timezone.now()
    if contact.email is not None or not membership.claim(contact, claimed.email, now=now):
        raise Refused(Code.NOT_ANONYMOUS)
    return answer(show_contact(contact, now=now))


@router.post("/contacts/{uuid}/delete", response=Answer[None])
def delete(request: HttpRequest, uuid: str, deletion: Sent[Deletion]) -> HttpResponse:
    """Make the contact anonymous for good; rows with points and money stay."""
    if deletion.type not in {"DEFAULT", "GDPR"}:
        raise invalid("type", "Must be DEFAULT or GDPR.")
    membership.erase(find_member(uuid), now=timezone.now())
    return answer(None)


def _find_or_make(email: str) -> Contact:
    found = Contact.objects.with_address(email).first()
    if found is not None:
        return found
    try:
        return membership.enrol(email, now=timezone.now())
    except AlreadyMember:  # since we looked
        return Contact.objects.with_address(email).get()
