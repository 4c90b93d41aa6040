"""The tables of the programme. Operations are in the modules beside this folder, by what they are about."""

from loyalty.models.attributes import CustomAttribute, Entity
from loyalty.models.catalogue import CatalogueCategory, CatalogueProduct, Shop, find_shop
from loyalty.models.contacts import ConsentRecord, Contact, TierChange, lock_contacts
from loyalty.models.giving import IssueRequest
from loyalty.models.login import Challenge, ThrottleHit, ThrottleKey
from loyalty.models.money import GiftCard, GiftCardProgramme, MoneyAccount, MoneyEntry, MoneyKind
from loyalty.models.offers import check_attributes, find_definitions
from loyalty.models.orders import OrderReturn, ProcessedOrder
from loyalty.models.points import EntryKind, PointsBucket, PointsEntry, PointsMove, expired_points
from loyalty.models.programme import Programme, Tier, Unit, find_programme
from loyalty.models.promotions import Promotion
from loyalty.models.redemptions import Redemption
from loyalty.models.rewards import Reward, RewardReception, RewardType
from loyalty.models.till import TillCode, TillMark
from loyalty.models.vouchers import Voucher, VoucherLock, VoucherState, is_current

__all__ = [
    "CatalogueCategory",
    "CatalogueProduct",
    "Challenge",
    "ConsentRecord",
    "Contact",
    "CustomAttribute",
    "Entity",
    "EntryKind",
    "GiftCard",
    "GiftCardProgramme",
    "IssueRequest",
    "MoneyAccount",
    "MoneyEntry",
    "MoneyKind",
    "OrderReturn",
    "PointsBucket",
    "PointsEntry",
    "PointsMove",
    "ProcessedOrder",
    "Programme",
    "Promotion",
    "Redemption",
    "Reward",
    "RewardReception",
    "RewardType",
    "Shop",
    "ThrottleHit",
    "ThrottleKey",
    "Tier",
    "TierChange",
    "TillCode",
    "TillMark",
    "Unit",
    "Voucher",
    "VoucherLock",
    "VoucherState",
    "check_attributes",
    "expired_points",
    "find_definitions",
    "find_programme",
    "find_shop",
    "is_current",
    "lock_contacts",
]
