"""Many contacts in one call: made or found by address, with attributes and subscriptions; all or none."""

from typing import Annotated, Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import Field

from loyalty import membership
from loyalty.api.auth import ApiRequest, Bearer
from loyalty.api.fields import Email, Payload, Sent, Text
from loyalty.api.leat.answers import Answer, answer, invalid
from loyalty.api.leat.standing import check_type, choose_marketing
from loyalty.api.leat.writing import write_attributes
from loyalty.dialects.leat.contacts import SmallContact, small_contact
from loyalty.errors import AlreadyMember, InvalidDetails
from loyalty.models import Contact

router = Router(tags=["Contacts"], auth=Bearer("contacts"))
MOST = 100


class NamedValue(Payload):
    """An attribute's value."""

    name: Text
    value: Any = None


class Enrolment(Payload):
    """A choice about a subscription."""

    uuid: Text
    enroll: bool = True


class BatchContact(Payload):
    """One contact."""

    email: Email
    custom_attributes: Annotated[list[NamedValue], Field(max_length=100)] = []
    subscription_types: Annotated[list[Enrolment], Field(max_length=10)] = []


class ContactBatch(Payload):
    """All of them."""

    contacts: Annotated[list[BatchContact], Field(min_length=1, max_length=MOST)]


@router.post("/contacts/batch", response=Answer[list[SmallContact]])
def write_contacts(request: ApiRequest, batch: Sent[ContactBatch]) -> HttpResponse:
    """Make or change up to a hundred contacts."""
    with transaction.atomic():
        contacts = [
            _write(contact, place=f"contacts.{position}", program=request.auth.name)
            for position, contact in enumerate(batch.contacts)
        ]
    return answer([small_contact(str(contact.uuid), contact.email) for contact in contacts])


def _write(sent: BatchContact, *, place: str, program: str) -> Contact:
    now = timezone.now()
    contact = Contact.objects.with_address(sent.email).first()
    if contact is None:
        try:
            contact = membership.enrol(sent.email, now=now)
        except InvalidDetails as error:
            raise invalid(f"{place}.email", error.errors["email"]) from error
        except AlreadyMember:  # since we looked
            contact = Contact.objects.with_address(sent.email).get()
    values = {named.name: named.value for named in sent.custom_attributes}
    if values:
        write_attributes(contact, values, now=now, field=f"{place}.custom_attributes")
    for enrolment in sent.subscription_types:
        check_type(enrolment.uuid)
        choose_marketing(contact, granted=enrolment.enroll, program=program)
    return contact
