"""Everything known about a member, for themselves: what Leat has, and what is remembered here."""

from collections.abc import Mapping
from typing import Any

from loyalty.backends.leat.connection import Part, as_id, as_port_errors
from loyalty.dialects.leat.answers import SECRETS
from loyalty.dialects.leat.reading import items, parts, whole
from loyalty.errors import UnknownContact
from loyalty.models import LeatConsent, LeatDeed, LeatMember

PER_PAGE = 100
MOST_PAGES = 100


class LeatExport(Part):
    """The export of loyalty.port.Loyalty."""

    def export(self, contact_id: str) -> Mapping[str, Any]:
        """Return the contact, its lists at Leat page by page, and our own log of consents and orders."""
        contact_id = as_id(contact_id, UnknownContact)
        member = LeatMember.objects.filter(contact_id=contact_id).first()
        if member is not None and member.erased_at is not None:
            raise UnknownContact
        with as_port_errors():
            contact = dict(parts(self.leat.transport.look(f"/contacts/{contact_id}")))
            values = parts(contact.get("current_values"))
            contact["current_values"] = {name: value for name, value in values.items() if name not in SECRETS}
            for gone in ("attributes", "current_display_values"):  # the same again, in other forms
                contact.pop(gone, None)
            lists = {
                "vouchers": self._pages("/vouchers", contact_id),
                "collectable_rewards": items(self.leat.transport.look("/collectable-rewards", contact_uuid=contact_id)),
                "points": self._pages("/loyalty-transactions", contact_id),
                "prepaid": self._pages("/prepaid-transactions", contact_id),
            }
        proven = member.verified_at if member is not None else None
        return {
            "contact": contact,
            "address_proven": proven.isoformat() if proven is not None else None,
            "consents": [
                {"kind": row.kind, "granted": row.granted, "wording": row.wording, "given": row.given_at.isoformat()}
                for row in LeatConsent.objects.filter(contact_id=contact_id)
            ],
            **lists,
            "orders": [
                {"order": deed.content, "points": deed.answer.get("points")}
                for deed in LeatDeed.objects.done().filter(kind="order", contact_id=contact_id).order_by("pk")
            ],
        }

    def _pages(self, path: str, contact_id: str) -> list[Mapping[str, Any]]:
        """Return a whole list; each shape of page at Leat tells its last one."""
        found: list[Mapping[str, Any]] = []
        for page in range(1, MOST_PAGES + 1):
            body = self.leat.transport.look_whole(path, contact_uuid=contact_id, page=page, limit=PER_PAGE)
            found += items(body["data"])
            if page >= (whole(parts(body.get("meta")).get("last_page")) or 1):
                break
        return found
