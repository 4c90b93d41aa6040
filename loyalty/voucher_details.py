"""What can be said about a voucher besides using it: details when it is made, and changes later. Uses: loyalty.voucher_use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext

from loyalty.errors import InvalidDetails
from loyalty.models import Voucher, VoucherState, WebhookEvent, check_attributes
from loyalty.models.vouchers import code_key
from loyalty.webhooks import announce

LONGEST_CODE = 60
MOST_USES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherDetails:
    """What a new voucher is to be; None leaves it to the promotion."""

    code: str | None = None
    uses: int | None = None
    activates_at: datetime | None = None
    expires_at: datetime | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)

    def columns(self) -> dict[str, Any]:
        """Return them as columns of a voucher, for loyalty.issuing. Raises InvalidDetails."""
        errors = _code_errors(self.code) | _attribute_errors(self.attributes)
        if self.uses is not None and not 1 <= self.uses <= MOST_USES:
            errors["uses"] = gettext("Please give a number from 1 to %(most)d.") % {"most": MOST_USES}
        errors |= _date_errors(self.activates_at, self.expires_at)
        if errors:
            raise InvalidDetails(errors)
        wanted = {
            "code": self.code,
            "total_redemptions_allowed": self.uses,
            "activates_at": self.activates_at,
            "expires_at": self.expires_at,
        }
        given: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
        return given | {"attributes": dict(self.attributes)}


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherChanges:
    """What is to be changed; None leaves it. Attributes are put over those it has; one without a value goes."""

    is_active: bool | None = None
    attributes: Mapping[str, object] | None = None
    expires_at: datetime | None = None


def change(voucher: Voucher, changes: VoucherChanges, *, now: datetime) -> None:
    """Change all of it or nothing; a basket that holds the voucher keeps it. Raises InvalidDetails."""
    with transaction.atomic():
        Voucher.objects.filter(pk=voucher.pk).update(times_redeemed=F("times_redeemed"))
        voucher.refresh_from_db(
            fields=["times_redeemed", "activates_at", "expires_at", "deactivated_at", "locked_until", "attributes"]
        )
        errors = _apply(voucher, changes, now=now)
        if errors:
            raise InvalidDetails(errors)
        voucher.save(update_fields=["deactivated_at", "attributes", "expires_at"])
        announce(WebhookEvent.VOUCHER_UPDATED, voucher.uuid, now=now)


def _apply(voucher: Voucher, changes: VoucherChanges, *, now: datetime) -> dict[str, str]:
    """Put the changes on the row in memory; return what is wrong with them."""
    errors: dict[str, str] = {}
    if changes.is_active is not None:
        if changes.is_active and voucher.contact is not None and voucher.contact.erased_at is not None:
            errors["is_active"] = gettext("Its owner has left the programme.")
        voucher.deactivated_at = None if changes.is_active else voucher.deactivated_at or now
    if changes.attributes is not None:
        wanted = {**voucher.attributes, **changes.attributes}
        voucher.attributes = {name: value for name, value in wanted.items() if value is not None and value != ""}
        errors |= _attribute_errors(changes.attributes)
    if changes.expires_at is not None:
        if voucher.state(now=now) not in {VoucherState.ACTIVE, VoucherState.INACTIVE}:
            errors["expires_at"] = gettext("Only the end of a voucher that can still be used can be changed.")
        errors = _date_errors(voucher.activates_at, changes.expires_at) | errors
        voucher.expires_at = changes.expires_at
    return errors


def _code_errors(code: str | None) -> dict[str, str]:
    if code is None:
        return {}
    if not code_key(code):
        return {"code": gettext("A code needs letters or digits.")}
    if len(code) > LONGEST_CODE or len(code_key(code)) > LONGEST_CODE:
        return {"code": gettext("Please use at most %(most)d characters.") % {"most": LONGEST_CODE}}
    return {}


def _date_errors(activates_at: datetime | None, expires_at: datetime | None) -> dict[str, str]:
    if activates_at is not None and expires_at is not None and expires_at <= activates_at:
        return {"expires_at": gettext("It must end after it starts.")}
    return {}


def _attribute_errors(attributes: Mapping[str, object]) -> dict[str, str]:
    try:
        check_attributes("voucher", attributes)
    except ValidationError as error:
        return {"attributes": " ".join(error.messages)}
    return {}
