"""Django admin of the programme; one module per thing that staff look for. Promotions and rewards, whose forms know the
menu, are in orders.admin.
"""

from loyalty.admin.attributes import CustomAttributeAdmin
from loyalty.admin.contacts import ContactAdmin
from loyalty.admin.gift_card_programmes import GiftCardProgrammeAdmin
from loyalty.admin.gift_cards import GiftCardAdmin
from loyalty.admin.giving import IssueRequestAdmin
from loyalty.admin.programme import ProgrammeAdmin, TierAdmin
from loyalty.admin.records import PointsEntryAdmin
from loyalty.admin.till_transactions import ShopAdmin, TillTransactionAdmin
from loyalty.admin.tokens import ApiTokenAdmin
from loyalty.admin.vouchers import VoucherAdmin
from loyalty.admin.webhooks import WebhookSubscriptionAdmin

__all__ = [
    "ApiTokenAdmin",
    "ContactAdmin",
    "CustomAttributeAdmin",
    "GiftCardAdmin",
    "GiftCardProgrammeAdmin",
    "IssueRequestAdmin",
    "PointsEntryAdmin",
    "ProgrammeAdmin",
    "ShopAdmin",
    "TierAdmin",
    "TillTransactionAdmin",
    "VoucherAdmin",
    "WebhookSubscriptionAdmin",
]
