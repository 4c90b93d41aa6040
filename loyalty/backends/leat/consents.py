"""What members at Leat agree to: there as an attribute of ours and as a mailing, here as a log with the words shown."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from loyalty.backends.leat import kept
from loyalty.backends.leat.connection import Part, as_port_errors
from loyalty.backends.leat.kept import SLOW_SECONDS, forget_member
from loyalty.backends.leat.outcomes import Refused
from loyalty.dialects.leat.answers import ContactSeen, read_subscription_types
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.questions import consent_attributes
from loyalty.errors import InvalidDetails
from loyalty.models import LeatConsent
from loyalty.values import Consent, ConsentKind

log = structlog.get_logger("tableside.leat")

# What Leat calls a field, and what our form does.
_FORM_FIELDS = {"firstname": "first_name", "lastname": "last_name", "birthdate": "birthdate", "email": "email"}


class LeatConsents(Part):
    """Writing details with consents, and reading how consents stand."""

    def tell(self, contact_id: str, attributes: Mapping[str, object], consents: Sequence[Consent]) -> None:
        """Write details and choices to Leat. May be repeated. Raises InvalidDetails, UnknownContact."""
        own = consent_attributes(consents, prefix=self.leat.account.attribute_prefix)
        if attributes or own:
            self._write(contact_id, attributes, own)
        for consent in consents:
            if consent.kind is ConsentKind.MARKETING:
                self._subscribe(contact_id, wanted=consent.granted)
        forget_member(contact_id)

    def note(self, contact_id: str, consents: Sequence[Consent], *, given_at: datetime) -> None:
        """Write the choices with their words to our log."""
        LeatConsent.objects.bulk_create(
            LeatConsent(
                contact_id=contact_id,
                kind=consent.kind.value,
                granted=consent.granted,
                wording=consent.wording,
                given_at=given_at,
            )
            for consent in consents
        )

    def consents_of(self, seen: ContactSeen) -> dict[str, bool]:
        """Return the latest choice of each kind: at Leat, where a mailing may have been left, else in our log."""
        logged = {row.kind: row.granted for row in LeatConsent.objects.filter(contact_id=seen.id)}
        if seen.terms is not None:
            logged[ConsentKind.TERMS.value] = seen.terms
        if seen.subscriptions and (ConsentKind.MARKETING.value in logged or any(seen.subscriptions.values())):
            logged[ConsentKind.MARKETING.value] = any(seen.subscriptions.values())
        elif seen.marketing is not None:
            logged[ConsentKind.MARKETING.value] = seen.marketing
        return logged

    def _write(self, contact_id: str, attributes: Mapping[str, object], own: Mapping[str, object]) -> None:
        path = f"/contacts/{contact_id}"
        try:
            self.leat.transport.change(path, {"attributes": {**attributes, **own}}, method="PUT")
        except Refused as refused:
            if refused.code != Code.INVALID or not own or _at_fault(refused):
                with as_port_errors((Code.INVALID, lambda said: InvalidDetails(_at_fault(said)))):
                    raise
            # Nobody is kept from joining because the account lacks our attributes; `check_leat` tells the owner.
            log.error("leat does not know our attributes", names=sorted(own))
            if attributes:
                with as_port_errors((Code.INVALID, lambda said: InvalidDetails(_at_fault(said)))):
                    self.leat.transport.change(path, {"attributes": dict(attributes)}, method="PUT")

    def _subscribe(self, contact_id: str, *, wanted: bool) -> None:
        """Enter the member into the account's first mailing, or take them out of all."""
        types = kept.read_account("mailings", self._mailings, seconds=SLOW_SECONDS)
        verb = "subscribe" if wanted else "unsubscribe"
        for mailing in types[:1] if wanted else types:
            with as_port_errors():
                self.leat.transport.change(
                    f"/contact-subscriptions/{contact_id}/{verb}", {"subscription_type_uuid": mailing}, method="PUT"
                )

    def _mailings(self) -> list[str]:
        with as_port_errors():
            return read_subscription_types(self.leat.transport.look("/subscription-types"))


def _at_fault(refused: Refused) -> dict[str, str]:
    """Return our form's fields that Leat found fault with, and its sentences."""
    names = {name.split(".")[-1]: said for name, said in refused.fields.items()}
    return {field: names[name] for name, field in _FORM_FIELDS.items() if name in names}
