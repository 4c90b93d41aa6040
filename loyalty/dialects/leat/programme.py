"""The programme and its units."""

from typing import TypedDict


class UnitObject(TypedDict):
    """What points are given for."""

    id: int
    name: str
    label: str
    prefix: str | None
    is_default: bool


class ProgrammeUnit(TypedDict):
    """The unit within the programme, shorter."""

    name: str
    label: str
    prefix: str | None


class LoyaltyProgrammeObject(TypedDict):
    """The programme; the official client needs `max_amount` to be a number."""

    id: int
    name: str
    max_amount: int
    custom_credit_name: str | None
    unit: ProgrammeUnit


def unit_object(*, id: int, name: str, label: str, prefix: str, is_default: bool) -> UnitObject:  # noqa: A002
    """Return a unit; no prefix is null."""
    return {"id": id, "name": name, "label": label, "prefix": prefix or None, "is_default": is_default}


def programme_object(*, name: str, max_amount: int, unit: UnitObject) -> LoyaltyProgrammeObject:
    """Return the programme; its points have no name of their own."""
    return {
        "id": 1,
        "name": name,
        "max_amount": max_amount,
        "custom_credit_name": None,
        "unit": {"name": unit["name"], "label": unit["label"], "prefix": unit["prefix"]},
    }
