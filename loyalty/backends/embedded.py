"""The programme built into this installation, behind the port: finds the rows, calls the operations, answers in values."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from loyalty import (
    catalogue,
    codes,
    doorbell,
    membership,
    order_processing,
    personal_record,
    purchases,
    tasks,
    throttle,
    till,
    voucher_use,
)
from loyalty.backends.finding import as_uuid, find_contact, find_reception, find_voucher_by_id
from loyalty.backends.rewards import EmbeddedRewards
from loyalty.backends.wallet import read_wallet, shown_till_code, voucher_offer
from loyalty.documents import CatalogueProduct, OrderDocument, PointsResult, ReturnDocument, Shop
from loyalty.domain import normalise_email
from loyalty.errors import NoTills, UnknownContact, UnknownOffer, WrongKey
from loyalty.models import (
    Contact,
    Programme,
    Redemption,
    Reward,
    Voucher,
    VoucherState,
    find_programme,
    find_shop,
)
from loyalty.models.vouchers import code_key
from loyalty.throttle import MINUTE, Limit
from loyalty.values import (
    Asker,
    Changes,
    Details,
    Hold,
    Identified,
    MarkKind,
    RedemptionKind,
    RedemptionLink,
    SignUp,
    SoldLink,
    TillCode,
    VoucherOffer,
    Wallet,
)


class EmbeddedLoyalty(EmbeddedRewards):
    """See loyalty.port.Loyalty, which says what each method does."""

    # People

    def find_contact(self, email: str, *, asker: Asker | None, now: datetime) -> str | None:
        """Look an address up."""
        if asker is not None:
            throttle.count(codes.lookup_limits(asker), now=now)
        contact_uuid = Contact.objects.with_address(email).values_list("uuid", flat=True).first()
        return str(contact_uuid) if contact_uuid else None

    def sign_up(self, form: SignUp, *, now: datetime) -> str:
        """Make a member."""
        return str(membership.sign_up(form, now=now).uuid)

    def send_code(self, email: str, *, locale: str, asker: Asker, now: datetime) -> bool:
        """Have our own worker mail a code, to members and to addresses that are none yet alike."""
        challenge = codes.send(email, locale=locale, asker=asker, now=now)
        doorbell.ring(tasks.mail_code, str(challenge.uuid))
        return challenge.is_long

    def check_code(self, code: str, *, asker: Asker, now: datetime) -> Identified:
        """Judge a code; a member's address is proven by it."""
        challenge = codes.check(code, asker=asker, now=now)
        contact = Contact.objects.with_address(challenge.email).first()
        return Identified(
            email=normalise_email(challenge.email),
            contact_id=str(contact.uuid) if contact else None,
            is_first_verification=contact.verify(now=now) if contact else False,
        )

    def details(self, contact_id: str) -> Details:
        """Return what is kept."""
        contact = find_contact(contact_id)
        return Details(
            contact_id=str(contact.uuid),
            email=contact.email or "",
            first_name=contact.first_name,
            last_name=contact.last_name,
            birthdate=contact.birthdate,
            locale=contact.locale,
            is_verified=contact.verified_at is not None,
            member_since=contact.created_at,
            consents=contact.consents_now(),
        )

    def change_details(self, contact_id: str, changes: Changes, *, now: datetime) -> None:
        """Change details."""
        membership.change(find_contact(contact_id), changes, now=now)

    def export(self, contact_id: str) -> Mapping[str, Any]:
        """Return everything."""
        return personal_record.export(find_contact(contact_id))

    def erase(self, contact_id: str, *, now: datetime) -> None:
        """Make anonymous."""
        membership.erase(find_contact(contact_id, erased_too=True), now=now)

    # Offers

    def wallet(self, contact_id: str, *, shop: str, now: datetime) -> Wallet:
        """Return all that the member has; offers are the same in every shop."""
        return read_wallet(as_uuid(contact_id, UnknownContact), now=now)

    def find_voucher(self, contact_id: str, reference: str, *, now: datetime) -> VoucherOffer:
        """Find a voucher by id or code; what cannot be used says why, unless it is somebody else's."""
        contact = find_contact(contact_id)
        vouchers = Voucher.objects.select_related("promotion").with_locks(now=now)
        try:
            voucher = vouchers.filter(uuid=uuid.UUID(reference)).first()
        except ValueError:
            throttle.count([Limit(throttle.key_of("voucher-codes", contact.pk), 30, 10 * MINUTE)], now=now)
            voucher = vouchers.filter(code_key=code_key(reference)).first()
        if voucher is None:
            raise UnknownOffer
        voucher_use.check_owner(voucher, contact)
        if voucher.state(now=now) not in {VoucherState.ACTIVE, VoucherState.LOCKED}:
            raise voucher_use.refusal(voucher, holder="", now=now)
        return voucher_offer(voucher, currency=find_programme().currency, now=now)

    def lock(self, contact_id: str, voucher_id: str, *, holder: str, until: datetime, now: datetime) -> Hold:
        """Hold a voucher, as long as asked."""
        voucher = find_voucher_by_id(voucher_id)
        owner = voucher.contact
        contact = owner if owner and str(owner.uuid) == contact_id else find_contact(contact_id)
        row = voucher_use.lock(voucher, contact=contact, holder=holder, until=until, now=now)
        return Hold(release_key=str(row.release_key), until=row.locked_until or until)

    def release(self, voucher_id: str, *, release_key: str, now: datetime) -> None:
        """End a hold."""
        voucher_use.release(find_voucher_by_id(voucher_id), release_key=as_uuid(release_key, WrongKey))

    def redeem(
        self, contact_id: str, voucher_id: str, *, order: str, release_key: str, shop: str, now: datetime
    ) -> RedemptionLink:
        """Use a voucher up."""
        redemption = voucher_use.redeem(
            find_voucher_by_id(voucher_id),
            contact=find_contact(contact_id, erased_too=True),
            holder=order,
            release_key=as_uuid(release_key, WrongKey) if release_key else None,
            shop=find_shop(shop),
            now=now,
        )
        return RedemptionLink(kind=RedemptionKind.VOUCHER, id=str(redemption.uuid), offer_id=voucher_id)

    def reverse(self, redemption: RedemptionLink, *, now: datetime) -> None:
        """Give a use back."""
        row = (
            Redemption.objects.select_related("voucher__promotion")
            .filter(uuid=as_uuid(redemption.id, UnknownOffer))
            .first()
        )
        if row is None:
            raise UnknownOffer
        if redemption.kind is RedemptionKind.VOUCHER:
            voucher_use.reverse(row, now=now)
        else:
            purchases.reverse_collection(row, now=now)

    # At a till

    def mark(self, contact_id: str, kind: MarkKind, offer_id: str, *, now: datetime) -> None:
        """Mark for a till."""
        _check_tills()
        till.mark(_find_markable(kind, offer_id), contact=find_contact(contact_id), now=now)

    def unmark(self, contact_id: str, kind: MarkKind, offer_id: str) -> None:
        """Take the mark away."""
        _check_tills()
        till.unmark(_find_markable(kind, offer_id), contact=find_contact(contact_id))

    def till_code(self, contact_id: str, *, now: datetime) -> TillCode | None:
        """Work the last code out."""
        code = till.newest_code(as_uuid(contact_id, UnknownContact))
        return shown_till_code(code, now=now) if code is not None else None

    def new_till_code(self, contact_id: str, *, now: datetime) -> TillCode:
        """Make a code."""
        _check_tills()
        return shown_till_code(till.make_code(find_contact(contact_id), now=now), now=now)

    # Orders

    def process_order(self, document: OrderDocument, *, now: datetime) -> PointsResult:
        """Add points."""
        order = order_processing.process_order(
            document,
            contact=find_contact(document.contact_id, erased_too=True),
            shop=find_shop(document.shop),
            now=now,
        )
        return PointsResult(points=order.points, new_balance=order.new_balance)

    def add_results(self, order_identifier: str, results: Mapping[str, Sequence[SoldLink]], *, now: datetime) -> None:
        """Write them into the document."""
        order_processing.add_results(order_identifier, results, now=now)

    def process_return(self, document: ReturnDocument, *, now: datetime) -> PointsResult:
        """Correct points."""
        correction = order_processing.process_return(document, now=now)
        return PointsResult(points=correction.points, new_balance=correction.new_balance)

    def sync_catalogue(self, shop: Shop, products: Iterable[CatalogueProduct], *, now: datetime) -> None:
        """Copy what the shop sells."""
        catalogue.sync_catalogue(shop, products)


def _find_markable(kind: MarkKind, offer_id: str) -> till.Markable:
    if kind is MarkKind.VOUCHER:
        return find_voucher_by_id(offer_id)
    if kind is MarkKind.COLLECTABLE:
        return find_reception(offer_id)
    reward = Reward.objects.filter(uuid=as_uuid(offer_id, UnknownOffer)).first()
    if reward is None:
        raise UnknownOffer
    return reward


def _check_tills() -> None:
    if Programme.objects.filter(has_tills=False).exists():  # no row yet: as its default says
        raise NoTills
