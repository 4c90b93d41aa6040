"""Orders and returns at Leat: each processed once, and never a second time on suspicion. And the product library."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from loyalty import order_processing
from loyalty.backends.leat import deeds
from loyalty.backends.leat.connection import Part, as_id, as_port_errors
from loyalty.backends.leat.deeds import Answer, Wish
from loyalty.backends.leat.kept import forget_member
from loyalty.backends.leat.outcomes import Refused
from loyalty.dialects.leat.answers import read_balance
from loyalty.dialects.leat.answers_money import Movement, read_movements, read_order_id, read_points
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.questions import category_batches, order_body, product_batches, return_body
from loyalty.dialects.leat.reading import parts
from loyalty.documents import CatalogueProduct, OrderDocument, OrderLine, PointsResult, ReturnDocument, Shop
from loyalty.errors import UnknownContact, UnknownOrder
from loyalty.models import LeatDeed
from loyalty.order_parts import left_after
from loyalty.values import SoldLink

ORDER, RETURN = "order", "return"
MOST_MOVEMENTS = 100
EXTERNAL = "external_identifier"


class LeatOrders(Part):
    """The orders of loyalty.port.Loyalty."""

    def process_order(self, document: OrderDocument, *, now: datetime) -> PointsResult:
        """Record a paid order and add its points."""
        contact_id = as_id(document.contact_id, UnknownContact)
        order_processing.check_order(document)

        def do(deed: LeatDeed) -> Answer:
            body = order_body(document, shop_uuid=self.leat.account.shop_uuid)
            try:
                answer = parts(self.leat.transport.change("/orders/create-and-process", body))
            except Refused as refused:
                if refused.code == Code.INVALID and refused.names(EXTERNAL) and (found := look_up(deed)):
                    return found  # recorded before, by a call that we know nothing of any more
                with as_port_errors():
                    raise
            return self._earned(contact_id, read_order_id(answer.get("order")), answer.get("result"))

        def look_up(deed: LeatDeed) -> Answer | None:
            order_uuid = self._find_order(document.external_identifier)
            if order_uuid is None:
                return None
            earned = self._find_points(contact_id, deed, earned=True)
            if earned is not None:
                return self._points(contact_id, order_uuid, earned.amount)
            # It is there and has earned nothing since we asked: it was made and not processed.
            with as_port_errors():
                result = self.leat.transport.change(f"/orders/{as_id(order_uuid, UnknownOrder)}/process", {})
            return self._earned(contact_id, order_uuid, result)

        wish = Wish(
            kind=ORDER,
            key=document.external_identifier,
            subject=contact_id,
            contact_id=contact_id,
            content=order_processing.as_json(document),
        )
        return self._once(wish, do, look_up, now=now)

    def add_results(self, order_identifier: str, results: Mapping[str, Sequence[SoldLink]], *, now: datetime) -> None:
        """Leave the order as it is: Leat's PUT /orders takes states and nothing else (leat-api.md section 8)."""

    def process_return(self, document: ReturnDocument, *, now: datetime) -> PointsResult:
        """Record a return and correct the points. What cannot come back is refused here, whatever Leat would say."""
        order = deeds.find_done(ORDER, document.order_identifier)
        if order is None:
            raise UnknownOrder
        if deeds.find_done(RETURN, document.external_identifier) is None:
            earlier = LeatDeed.objects.done().filter(kind=RETURN, subject=document.order_identifier)
            left = left_after(order.content, [deed.content for deed in earlier])
            order_processing.check_left(left, document)
        contact_id = order.contact_id

        def do(deed: LeatDeed) -> Answer:
            body = return_body(document, order_uuid=order.answer_id, lines=_lines(order.content["lines"]))
            try:
                answer = parts(self.leat.transport.change("/order-returns/create-and-process", body))
            except Refused as refused:
                if refused.code == Code.INVALID and refused.names(EXTERNAL) and deed.is_doubtful:
                    return self._points(contact_id, "", 0)  # recorded the first time, and nothing was taken for it
                with as_port_errors():
                    raise
            return self._taken(contact_id, answer)

        def look_up(deed: LeatDeed) -> Answer | None:
            taken = self._find_points(contact_id, deed, earned=False)
            return self._points(contact_id, "", taken.amount) if taken is not None else None

        wish = Wish(
            kind=RETURN,
            key=document.external_identifier,
            subject=document.order_identifier,
            contact_id=contact_id,
            content=order_processing.as_json(document),
        )
        return self._once(wish, do, look_up, now=now)

    def sync_catalogue(self, shop: Shop, products: Iterable[CatalogueProduct], *, now: datetime) -> None:
        """Send the product library: categories first, then what is in them."""
        known = list(products)
        with as_port_errors():
            for categories in category_batches(known):
                self.leat.transport.change("/product-categories/batch", {"categories": categories})
            for batch in product_batches(known):
                self.leat.transport.change("/products/batch", {"products": batch})

    def _once(self, wish: Wish, do: deeds.Do, look_up: deeds.LookUp, *, now: datetime) -> PointsResult:
        try:
            answer = deeds.once(wish, check=self.leat.transport.breaker.check, do=do, look_up=look_up, now=now)
        finally:
            forget_member(wish.contact_id)
        return PointsResult(points=answer.values["points"], new_balance=answer.values["new_balance"])

    def _earned(self, contact_id: str, order_uuid: str, result: object) -> Answer:
        told = read_points(result)
        return self._points(contact_id, order_uuid, told.points or 0, told.new_balance)

    def _taken(self, contact_id: str, answer: Any) -> Answer:
        """Return what a return took: Leat's sample shows it without a sign, and a return never adds."""
        told = read_points(answer.get("result"))
        return self._points(contact_id, read_order_id(answer.get("return")), -abs(told.points or 0), told.new_balance)

    def _points(self, contact_id: str, uuid: str, points: int, new_balance: int | None = None) -> Answer:
        if new_balance is None:
            with as_port_errors():
                new_balance = read_balance(self.leat.transport.look(f"/contacts/{contact_id}/credit-balance"))
        return Answer(uuid, {"points": points, "new_balance": new_balance})

    def _find_order(self, external_identifier: str) -> str | None:
        """Return the id of an order that Leat has."""
        try:
            answer = self.leat.transport.look("/orders/find", external_identifier=external_identifier)
        except Refused as refused:
            if refused.code in {Code.INVALID, Code.UNKNOWN_MODEL}:
                return None
            with as_port_errors():
                raise
        return read_order_id(answer)

    def _find_points(self, contact_id: str, deed: LeatDeed, *, earned: bool) -> Movement | None:
        """Return the points that were added or taken since we asked and that no other deed of ours accounts for."""
        with as_port_errors():
            answer = self.leat.transport.look(
                "/loyalty-transactions",
                contact_uuid=contact_id,
                type="credit_receptions",
                limit=MOST_MOVEMENTS,
                sort="-created_at",
            )
        since = deeds.asked_since(deed)
        found = [one for one in read_movements(answer, amount="credits") if one.is_since(since)]
        others = LeatDeed.objects.done().filter(kind__in=[ORDER, RETURN], contact_id=contact_id, answered_at__gte=since)
        told = [other.answer["points"] for other in others]
        for one in found:
            if one.amount in told:
                told.remove(one.amount)
            elif (one.amount > 0) == earned and one.amount:
                return one
        return None


def _lines(content: Iterable[dict[str, Any]]) -> list[OrderLine]:
    """Return the lines of an order as it was written down, as far as a return has to know them."""
    return [
        OrderLine(
            external_identifier=line["external_identifier"],
            name=line["name"],
            sku=line["sku"],
            quantity=line["quantity"],
            price_cents=line["price_cents"],
            total_cents=line["total_cents"],
            sub_lines=tuple(_lines(line["sub_lines"])),
        )
        for line in content
    ]
