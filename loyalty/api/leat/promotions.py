"""Promotions: listed, looked at, made."""

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from loyalty.api.auth import Bearer
from loyalty.api.fields import LARGEST, Count, LongText, Sent, Text
from loyalty.api.leat.answers import Answer, Listing, answer, invalid
from loyalty.api.leat.finding import Attributes, Numbered, SentAttributes, find, read_attributes
from loyalty.api.leat.showing import shown_promotion
from loyalty.api.pages import read_page
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.pages import ViewingMeta, viewing_meta
from loyalty.dialects.leat.promotions import SINGLE_USE, PromotionObject, promotion_object
from loyalty.models import Promotion
from loyalty.setting_up import PromotionDetails, make_promotion

router = Router(tags=["Promotions"], auth=Bearer("offers"))


class NewPromotion(SentAttributes):
    """A promotion to be made."""

    name: Text
    description: LongText
    voucher_limit: Count | None = None
    limit_per_contact: Count | None = None
    type: Text | None = None
    redemptions_per_voucher: int | None = Field(None, ge=1, le=1_000_000)
    expiration_duration: int | None = Field(None, ge=1, le=LARGEST)
    attributes: Attributes = Field(default_factory=dict)

    def uses(self) -> int:
        """Return how often a voucher can be used. Raises Refused where type and number contradict each other."""
        if self.type == SINGLE_USE and self.redemptions_per_voucher not in {None, 1}:
            raise invalid("redemptions_per_voucher", "A voucher of this type is used once.")
        if self.type not in {None, SINGLE_USE} and self.redemptions_per_voucher is None:
            raise invalid("redemptions_per_voucher", "Field required")
        return self.redemptions_per_voucher or 1


@router.get("/promotions", response=Listing[PromotionObject, ViewingMeta])
def list_promotions(request: HttpRequest, asked: Query[Numbered]) -> HttpResponse:
    """Return promotions in the order in which they were made."""
    page = read_page(Promotion.objects.order_by("pk"), page=asked.page, limit=asked.limit or 30, most=100)
    shown = [promotion_object(shown_promotion(promotion)) for promotion in page.rows]
    return answer(shown, meta=viewing_meta(**page.numbers))


@router.get("/promotions/{uuid}", response=Answer[PromotionObject])
def show_promotion(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return one promotion."""
    promotion = find(Promotion.objects.all(), uuid, Code.UNKNOWN_PROMOTION)
    return answer(promotion_object(shown_promotion(promotion)))


@router.post("/promotions", response=Answer[PromotionObject])
def create_promotion(request: HttpRequest, promotion: Sent[NewPromotion]) -> HttpResponse:
    """Make a promotion. Its discount is in its custom attributes."""
    details = PromotionDetails(
        name=promotion.name,
        description=promotion.description,
        voucher_limit=promotion.voucher_limit,
        limit_per_contact=promotion.limit_per_contact,
        redemptions_per_voucher=promotion.uses(),
        valid_seconds=promotion.expiration_duration,
        attributes=read_attributes("promotion", promotion.attributes | promotion.custom_attributes),
    )
    return answer(promotion_object(shown_promotion(make_promotion(details))))
