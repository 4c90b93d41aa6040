"""Members at Leat: found by address, proven by a code that Leat mails, their details, and their leaving."""

from datetime import datetime

import structlog
from django.utils import timezone

from loyalty import membership, throttle
from loyalty.backends.leat.connection import as_id, as_port_errors
from loyalty.backends.leat.consents import LeatConsents
from loyalty.backends.leat.deeds import JOIN
from loyalty.backends.leat.kept import erase_member, forget_member
from loyalty.backends.leat.outcomes import Refused
from loyalty.dialects.leat.answers import ContactSeen, read_contact
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.questions import contact_attributes
from loyalty.domain import normalise_email
from loyalty.errors import UnknownContact
from loyalty.models import LeatDeed, LeatMember
from loyalty.values import Changes, Details

log = structlog.get_logger("tableside.leat")


class LeatPeople(LeatConsents):
    """The people of loyalty.port.Loyalty, but for codes (login)."""

    def find_by_address(self, email: str) -> ContactSeen | None:
        """Return the contact with this address; one that was erased from here is none, even before Leat has done it."""
        try:
            answer = self.leat.transport.look("/contacts/find-one-by", email=normalise_email(email))
        except Refused as refused:
            if refused.code in {Code.UNKNOWN_CONTACT, Code.INVALID}:
                return None
            with as_port_errors():
                raise
        seen = read_contact(answer, prefix=self.leat.account.attribute_prefix)
        return None if LeatMember.objects.filter(contact_id=seen.id).exclude(erased_at=None).exists() else seen

    def details(self, contact_id: str) -> Details:
        """Return what Leat keeps, and what only we know."""
        seen = self.see(contact_id)
        member = LeatMember.objects.filter(contact_id=seen.id).first()
        return Details(
            contact_id=seen.id,
            email=seen.email,
            first_name=seen.first_name,
            last_name=seen.last_name,
            birthdate=seen.birthdate,
            locale=seen.locale,
            is_verified=member is not None and member.verified_at is not None,
            member_since=seen.created_at or timezone.now(),
            consents=self.consents_of(seen),
        )

    def change_details(self, contact_id: str, changes: Changes, *, now: datetime) -> None:
        """Change details."""
        membership.check_changes(changes, today=timezone.localdate(now))
        seen = self.see(contact_id)
        attributes = contact_attributes(
            first_name=changes.first_name,
            last_name=changes.last_name,
            birthdate=changes.birthdate,
            no_birthdate=changes.no_birthdate,
        )
        consents = tuple(changes.consents)
        self.tell(seen.id, attributes, consents)
        self.note(seen.id, consents, given_at=now)

    def erase(self, contact_id: str, *, now: datetime) -> None:
        """Have Leat forget the person; Leat does so in its own time, and here they are nobody from now on."""
        contact_id = as_id(contact_id, UnknownContact)
        try:
            email = self.see(contact_id, erased_too=True).email
        except UnknownContact:
            email = ""
        try:
            self.leat.transport.change(f"/contacts/{contact_id}/delete", {"type": "GDPR"})
        except Refused as refused:
            if refused.code != Code.UNKNOWN_CONTACT:
                with as_port_errors():
                    raise
        LeatMember.objects.update_or_create(contact_id=contact_id, defaults={"verified_at": None, "erased_at": now})
        membership.forget_codes(email)
        LeatDeed.objects.filter(kind=JOIN, key=join_key(email)).delete()
        erase_member(contact_id)

    def see(self, contact_id: str, *, erased_too: bool = False) -> ContactSeen:
        """Return the contact as Leat has it now. Raises UnknownContact."""
        contact_id = as_id(contact_id, UnknownContact)
        if not erased_too and LeatMember.objects.filter(contact_id=contact_id).exclude(erased_at=None).exists():
            raise UnknownContact
        with as_port_errors():
            answer = self.leat.transport.look(f"/contacts/{contact_id}")
        return read_contact(answer, prefix=self.leat.account.attribute_prefix)

    def prove(self, contact_id: str, *, now: datetime) -> bool:
        """Remember that the address is proven; return whether this was the first time here."""
        LeatMember.objects.get_or_create(contact_id=contact_id)
        first = LeatMember.objects.filter(contact_id=contact_id, verified_at=None).update(verified_at=now) == 1
        forget_member(contact_id)
        return first


def join_key(email: str) -> str:
    """Return what names the joining of this address; nobody can read the address in it."""
    return throttle.key_of("join", normalise_email(email))
