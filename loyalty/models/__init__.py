"""The tables of the programme. Operations are in the modules beside this folder, by what they are about."""

from loyalty.models.attributes import AttributeGroup, CustomAttribute, Entity
from loyalty.models.catalogue import CatalogueCategory, CatalogueProduct, Shop, find_shop
from loyalty.models.contacts import ConsentRecord, Contact, TierChange, lock_contacts
from loyalty.models.giving import IssueRequest
from loyalty.models.identifiers import ContactIdentifier, SessionKey
from loyalty.models.leat import LeatConsent, LeatDeed, LeatHold, LeatLogin, LeatMember, LeatVoucher
from loyalty.models.login import Challenge, ThrottleHit, ThrottleKey
from loyalty.models.money import GiftCard, GiftCardMail, GiftCardProgramme, MoneyAccount, MoneyEntry, MoneyKind
from loyalty.models.offers import check_attributes, find_definitions
from loyalty.models.orders import (
    ChargeDefinition,
    OrderPaymentStatus,
    OrderReturn,
    OrderStatus,
    ProcessedOrder,
    ReturnStatus,
)
from loyalty.models.perks import Perk, PerkType
from loyalty.models.points import EntryKind, PointsBucket, PointsEntry, PointsMove, expired_points
from loyalty.models.programme import Programme, Tier, Unit, find_programme
from loyalty.models.promotions import Promotion
from loyalty.models.redemptions import Redemption
from loyalty.models.rewards import Reward, RewardReception, RewardType
from loyalty.models.till import TillCode, TillMark
from loyalty.models.till_transactions import TillState, TillTransaction
from loyalty.models.tokens import ApiToken, TokenKind
from loyalty.models.vouchers import Voucher, VoucherLock, VoucherState, is_current
from loyalty.models.webhooks import WebhookDelivery, WebhookEvent, WebhookSubscription

__all__ = [
    "ApiToken",
    "AttributeGroup",
    "CatalogueCategory",
    "CatalogueProduct",
    "Challenge",
    "ChargeDefinition",
    "ConsentRecord",
    "Contact",
    "ContactIdentifier",
    "CustomAttribute",
    "Entity",
    "EntryKind",
    "GiftCard",
    "GiftCardMail",
    "GiftCardProgramme",
    "IssueRequest",
    "LeatConsent",
    "LeatDeed",
    "LeatHold",
    "LeatLogin",
    "LeatMember",
    "LeatVoucher",
    "MoneyAccount",
    "MoneyEntry",
    "MoneyKind",
    "OrderPaymentStatus",
    "OrderReturn",
    "OrderStatus",
    "Perk",
    "PerkType",
    "PointsBucket",
    "PointsEntry",
    "PointsMove",
    "ProcessedOrder",
    "Programme",
    "Promotion",
    "Redemption",
    "ReturnStatus",
    "Reward",
    "RewardReception",
    "RewardType",
    "SessionKey",
    "Shop",
    "ThrottleHit",
    "ThrottleKey",
    "Tier",
    "TierChange",
    "TillCode",
    "TillMark",
    "TillState",
    "TillTransaction",
    "TokenKind",
    "Unit",
    "Voucher",
    "VoucherLock",
    "VoucherState",
    "WebhookDelivery",
    "WebhookEvent",
    "WebhookSubscription",
    "check_attributes",
    "expired_points",
    "find_definitions",
    "find_programme",
    "find_shop",
    "is_current",
    "lock_contacts",
]
