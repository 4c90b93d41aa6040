"""Joining at Leat: a contact first, then what is known of it. What stopped in between is finished at the next sign-in."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from loyalty import membership, throttle
from loyalty.backends.leat.connection import as_id, as_port_errors
from loyalty.backends.leat.deeds import JOIN, Answer, Wish, asked_since, once
from loyalty.backends.leat.people import LeatPeople, join_key
from loyalty.codes import lookup_limits
from loyalty.dialects.leat.answers import ContactSeen, read_contact_id
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.questions import contact_attributes
from loyalty.domain import normalise_email
from loyalty.errors import InvalidDetails, LoyaltyError, UnknownContact
from loyalty.models import LeatDeed
from loyalty.values import Asker, Consent, ConsentKind, SignUp

log = structlog.get_logger("tableside.leat")

NO_DETAILS = {"first_name": "", "last_name": "", "birthdate": ""}


class LeatJoining(LeatPeople):
    """Finding and signing up, of loyalty.port.Loyalty."""

    def find_contact(self, email: str, *, asker: Asker | None, now: datetime) -> str | None:
        """Look an address up."""
        if asker is not None:
            throttle.count(lookup_limits(asker), now=now)
        seen = self.find_by_address(email)
        if seen is not None and asker is None:  # proven elsewhere: this is a sign-in
            self.finish_joining(email, seen.id, now=now)
        return seen.id if seen is not None else None

    def sign_up(self, form: SignUp, *, now: datetime) -> str:
        """Make a member: a contact first, then what is known of it (leat-api.md section 3.2)."""
        membership.check_sign_up(form, today=timezone.localdate(now))
        email = normalise_email(form.email)

        def do(_deed: LeatDeed) -> Answer:
            with as_port_errors((Code.INVALID, lambda _refused: InvalidDetails(membership.email_errors("")))):
                return Answer(read_contact_id(self.leat.transport.change("/contacts", {"email": email})))

        def look_up(deed: LeatDeed) -> Answer | None:
            seen = self.find_by_address(email)
            return Answer(seen.id) if seen is not None and _is_ours(seen, deed) else None

        # Kept only until everything is said: a member who signs up again is told so. Typed in anew, the last form counts.
        wish = Wish(kind=JOIN, key=join_key(email), content=_written(form, now=now), last_counts=True)
        answer = once(wish, check=self.leat.transport.breaker.check, do=do, look_up=look_up, now=now)
        contact_id = as_id(answer.id, UnknownContact)
        self._finish(contact_id, wish.key, wish.content, now=now)
        return contact_id

    def finish_joining(self, email: str, contact_id: str, *, now: datetime) -> None:
        """Say to Leat what a sign-up of this member had left to say when it stopped; later, where Leat is away again."""
        key = join_key(email)
        deed = LeatDeed.objects.filter(kind=JOIN, key=key).first()
        if deed is None:
            return
        try:
            is_ours = deed.answer_id == contact_id if deed.answered_at else _is_ours(self.see(contact_id), deed)
            if not is_ours:  # somebody else made the contact, and the sign-up never came to anything
                LeatDeed.objects.filter(pk=deed.pk).delete()
                return
            try:
                self._finish(contact_id, key, deed.content, now=now)
            except InvalidDetails:  # these the member can type in again, among their data
                self._finish(contact_id, key, {**deed.content, **NO_DETAILS}, now=now)
        except LoyaltyError as error:
            log.warning("joining not finished yet", reason=type(error).__name__)

    def _finish(self, contact_id: str, key: str, content: Mapping[str, Any], *, now: datetime) -> None:
        """Write what the form said. Two at once write the same to Leat, and one of them the log."""
        consents = [
            Consent(kind=ConsentKind(one["kind"]), granted=one["granted"], wording=one["wording"])
            for one in content["consents"]
        ]
        birthdate = content["birthdate"]
        attributes = contact_attributes(
            first_name=content["first_name"] or None,
            last_name=content["last_name"] or None,
            birthdate=date.fromisoformat(birthdate) if birthdate else None,
            locale=content["locale"],
        )
        self.tell(contact_id, attributes, consents)
        with transaction.atomic():
            deleted, _by_model = LeatDeed.objects.filter(kind=JOIN, key=key).delete()
            if deleted:
                self.note(contact_id, consents, given_at=datetime.fromisoformat(content["given_at"]))
        if content["is_verified"]:
            self.prove(contact_id, now=now)


def _is_ours(seen: ContactSeen, deed: LeatDeed) -> bool:
    """Say whether a contact of the address is ours: made since we asked; an older one is somebody's."""
    return seen.created_at is not None and seen.created_at >= asked_since(deed)


def _written(form: SignUp, *, now: datetime) -> dict[str, Any]:
    return {
        "first_name": form.first_name,
        "last_name": form.last_name,
        "birthdate": form.birthdate.isoformat() if form.birthdate is not None else "",
        "locale": form.locale,
        "is_verified": form.is_verified,
        "consents": [{"kind": one.kind.value, "granted": one.granted, "wording": one.wording} for one in form.consents],
        "given_at": now.isoformat(),
    }
