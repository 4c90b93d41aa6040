"""The embedded programme's rows by the ids that the port speaks of."""

import uuid

from loyalty.errors import UnknownContact, UnknownOffer, WrongKey
from loyalty.models import Contact, RewardReception, Voucher


def find_contact(contact_id: str, *, erased_too: bool = False) -> Contact:
    """Return the contact; one that was merged is the one it is part of now, so that old orders find it. Raises UnknownContact."""
    contact = Contact.objects.select_related("merged_into").filter(uuid=as_uuid(contact_id, UnknownContact)).first()
    while contact is not None and contact.merged_into is not None:
        contact = contact.merged_into
    if contact is None or (contact.erased_at is not None and not erased_too):
        raise UnknownContact
    return contact


def find_voucher_by_id(voucher_id: str) -> Voucher:
    """Return the voucher. Raises UnknownOffer."""
    vouchers = Voucher.objects.select_related("promotion", "contact")
    voucher = vouchers.filter(uuid=as_uuid(voucher_id, UnknownOffer)).first()
    if voucher is None:
        raise UnknownOffer
    return voucher


def find_reception(collectable_id: str) -> RewardReception:
    """Return the reward that was bought. Raises UnknownOffer."""
    reception = (
        RewardReception.objects.select_related("reward", "contact", "shop")
        .filter(uuid=as_uuid(collectable_id, UnknownOffer))
        .first()
    )
    if reception is None:
        raise UnknownOffer
    return reception


def as_uuid(text: str, unknown: type[UnknownContact | UnknownOffer | WrongKey]) -> uuid.UUID:
    """Return the id that a text is; raise `unknown` where it is none."""
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise unknown from error
