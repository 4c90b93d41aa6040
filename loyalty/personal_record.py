"""Everything the programme knows about a person, as plain values for a JSON file that they can read."""

from typing import Any

from loyalty.models import Contact, MoneyEntry, TillMark


def export(contact: Contact) -> dict[str, Any]:
    """Return the contact's details, consents, points, vouchers, rewards, what is for a till, orders, returns; dates in ISO 8601."""
    return {
        "contact": {
            "id": str(contact.uuid),
            "email": contact.email,
            "first_name": contact.first_name,
            "last_name": contact.last_name,
            "birthdate": _iso(contact.birthdate),
            "language": contact.locale,
            "member_since": _iso(contact.created_at),
            "address_proven": _iso(contact.verified_at),
            "tier": contact.tier.name if contact.tier else None,
            "points": contact.balance,
            "attributes": contact.attributes,
        },
        "identifiers": [
            {"name": row.name, "value": row.value, "active": row.is_active, "made": _iso(row.created_at)}
            for row in contact.identifiers.all()
        ],
        "consents": [
            {"kind": row.kind, "granted": row.granted, "wording": row.wording, "given": _iso(row.given_at)}
            for row in contact.consents.all()
        ],
        "points": [
            {
                "points": row.points,
                "kind": row.kind,
                "source": row.source,
                "written": _iso(row.created_at),
                "expire": _iso(row.expires_at),
                "reason": row.reason,
            }
            for row in contact.points_entries.order_by("pk")
        ],
        "vouchers": [
            {
                "code": row.code,
                "name": row.promotion.name,
                "issued": _iso(row.created_at),
                "ends": _iso(row.expires_at),
                "times_used": row.times_redeemed,
                "last_used": _iso(row.redeemed_at),
            }
            for row in contact.vouchers.select_related("promotion").order_by("pk")
        ],
        "rewards": [
            {
                "title": row.title,
                "points": row.points,
                "bought": _iso(row.created_at),
                "collect_until": _iso(row.expires_at),
                "collected": _iso(row.collected_at),
                "undone": _iso(row.reversed_at),
            }
            for row in contact.receptions.order_by("pk")
        ],
        "prepaid": [
            {
                "currency": row.account.currency,
                "cents": row.cents,
                "kind": row.kind,
                "balance_cents": row.balance_cents,
                "written": _iso(row.created_at),
                "reason": row.reason,
            }
            for row in MoneyEntry.objects.filter(account__contact=contact).select_related("account").order_by("pk")
        ],
        "marked_for_a_till": [
            {"offer": _name(row), "marked": _iso(row.marked_at)}
            for row in contact.till_marks.select_related("voucher__promotion", "reception", "reward")
        ],
        "till_codes": [
            {"made": _iso(row.created_at), "ends": _iso(row.expires_at), "used": _iso(row.used_at)}
            for row in contact.till_codes.order_by("created_at")
        ],
        "at_tills": [
            {
                "identified": _iso(row.opened_at),
                "state": row.state,
                "restaurant": row.shop.name if row.shop else "",
                "points_earned": row.points_earned,
                "points_redeemed": row.points_redeemed,
                "order": row.basket,
                "claimed": _iso(row.claimed_at),
                "void": _iso(row.voided_at),
            }
            for row in contact.till_transactions.select_related("shop").order_by("pk")
        ],
        "orders": [
            {
                "order": row.document,
                "points": row.points,
                "returns": [
                    {"return": given_back.document, "points": given_back.points} for given_back in row.returns.all()
                ],
            }
            for row in contact.orders.prefetch_related("returns").order_by("pk")
        ],
    }


def _name(mark: TillMark) -> str:
    if mark.voucher is not None:
        return mark.voucher.promotion.name
    if mark.reception is not None:
        return mark.reception.title
    return mark.reward.title if mark.reward is not None else ""


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment is not None else None
