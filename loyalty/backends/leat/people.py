"""Members at Leat: found by address, proven by a code that Leat mails, their details, consents, and their leaving."""

from datetime import datetime

import structlog
from django.utils import timezone

from loyalty import membership, throttle
from loyalty.backends.leat.connection import as_id, as_port_errors
from loyalty.backends.leat.consents import LeatConsents
from loyalty.backends.leat.deeds import Answer, Wish, asked_since, once
from loyalty.backends.leat.kept import erase_member, forget_member
from loyalty.backends.leat.outcomes import Refused
from loyalty.codes import lookup_limits
from loyalty.dialects.leat.answers import ContactSeen, read_contact, read_contact_id
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.questions import contact_attributes
from loyalty.domain import normalise_email
from loyalty.errors import InvalidDetails, UnknownContact
from loyalty.models import LeatDeed, LeatMember
from loyalty.values import Asker, Changes, Details, SignUp

log = structlog.get_logger("tableside.leat")

JOIN = "join"


class LeatPeople(LeatConsents):
    """The people of loyalty.port.Loyalty, but for codes (login)."""

    def find_contact(self, email: str, *, asker: Asker | None, now: datetime) -> str | None:
        """Look an address up."""
        if asker is not None:
            throttle.count(lookup_limits(asker), now=now)
        seen = self.find_by_address(email)
        return seen.id if seen is not None else None

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

    def sign_up(self, form: SignUp, *, now: datetime) -> str:
        """Make a member: a contact first, then what is known of it (leat-api.md section 3.2)."""
        membership.check_sign_up(form, today=timezone.localdate(now))
        email = normalise_email(form.email)

        def do(_deed: LeatDeed) -> Answer:
            with as_port_errors((Code.INVALID, lambda _refused: InvalidDetails(membership.email_errors("")))):
                return Answer(read_contact_id(self.leat.transport.change("/contacts", {"email": email})))

        def look_up(deed: LeatDeed) -> Answer | None:
            """A contact of this address is ours if it was made since we asked; an older one is somebody's."""
            seen = self.find_by_address(email)
            is_new = seen is not None and seen.created_at is not None and seen.created_at >= asked_since(deed)
            return Answer(seen.id) if seen is not None and is_new else None

        # Kept only until everything is said: a member who signs up again is told so.
        wish = Wish(kind=JOIN, key=throttle.key_of("join", email))
        contact_id = as_id(
            once(wish, check=self.leat.transport.breaker.check, do=do, look_up=look_up, now=now).id, UnknownContact
        )
        attributes = contact_attributes(
            first_name=form.first_name or None,
            last_name=form.last_name or None,
            birthdate=form.birthdate,
            locale=form.locale,
        )
        self.write(contact_id, attributes, form.consents, now=now)
        if form.is_verified:
            self.prove(contact_id, now=now)
        LeatDeed.objects.filter(kind=JOIN, key=wish.key).delete()
        return contact_id

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
        self.write(seen.id, attributes, changes.consents, now=now)

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
