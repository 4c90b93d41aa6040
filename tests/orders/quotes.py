"""The documented example of the `quote` command, and short ways to ask about documents like it."""

import copy
import json
from typing import Any

import pytest

from menu.money import minor_digits
from orders.quote import read_quote, write_quote
from orders.strict_json import BadInput

type Document = dict[str, Any]

EXAMPLE: Document = {
    "currency": "EUR",
    "lines": [
        {
            "id": "1",
            "sku": "PIZZA",
            "name": "Margherita",
            "categories": ["pizza"],
            "unit_cents": 1200,
            "quantity": 2,
            "discountable": True,
            "earns_points": True,
            "modifiers": [{"id": "1.1", "sku": "CHEESE", "name": "Extra cheese", "unit_cents": 200, "quantity": 1}],
        }
    ],
    "offers": [
        {
            "id": "v1",
            "name": "10% off",
            "discount_type": "percentage_discount",
            "discount_value": "10",
            "product_code": "",
            "category": "",
            "max_units": None,
            "max_cents": None,
            "includes_modifiers": False,
            "minimum_cents": None,
            "exclusive": False,
            "split": "proportional",
            "expires_at": None,
        }
    ],
    "charges": [
        {"id": "c1", "type": "SERVICE_CHARGE", "percent": "10"},
        {"id": "c2", "type": "GRATUITY", "cents": 300},
    ],
    "points_per_unit": "1",
}
ANSWER: Document = {
    "lines": [
        {
            "id": "1",
            "gross_cents": 2400,
            "discount_cents": 240,
            "total_cents": 2160,
            "applied": [{"offer": "v1", "cents": 240}],
            "sub_lines": [
                {
                    "id": "1.1",
                    "quantity": 2,
                    "gross_cents": 400,
                    "discount_cents": 40,
                    "total_cents": 360,
                    "applied": [{"offer": "v1", "cents": 40}],
                }
            ],
        }
    ],
    "applied": [{"id": "v1", "cents": 280}],
    "not_applicable": [],
    "order_amount_cents": 2520,
    "total_discount_cents": 280,
    "charges": [
        {"id": "c1", "type": "SERVICE_CHARGE", "cents": 252},
        {"id": "c2", "type": "GRATUITY", "cents": 300},
    ],
    "total_cents": 3072,
    "points": 25,
}
NOT_THERE = object()


def answer(document: object) -> Document:
    """Return what a document is answered with."""
    quote = read_quote(json.dumps(document).encode(), minor_digits=minor_digits)
    written: Document = json.loads(json.dumps(write_quote(quote.price())))
    return written


def changed(*path: str | int, value: object) -> Document:
    """Return the example with one value set to another, or taken out."""
    document = copy.deepcopy(EXAMPLE)
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    if value is NOT_THERE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return document


def refusal(document: object) -> BadInput:
    """Return why a document is refused: one line."""
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(BadInput) as caught:
        read_quote(text, minor_digits=minor_digits)
    assert "\n" not in str(caught.value)
    assert str(caught.value).isascii()
    return caught.value


def field(*path: str | int) -> str:
    """Return how a refusal names the value at this path."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
