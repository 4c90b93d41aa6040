"""Shops, and the programme's own copy of what they sell: plain SKUs and slugs, synced through the port."""

import uuid
from contextlib import suppress

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Shop(models.Model):
    """A restaurant as the programme knows it; `reference` is the restaurant's own name for itself."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(_("reference"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    store_number = models.CharField(
        _("number at tills"),
        max_length=80,
        null=True,
        blank=True,
        unique=True,
        help_text=_("What the tills call this restaurant. Empty: its reference."),
    )
    has_loyalty = models.BooleanField(
        _("takes part"), default=True, help_text=_("Off: its tills are told that offers are not taken here.")
    )

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shops")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class CatalogueCategory(models.Model):
    """A category of the catalogue copy."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    slug = models.CharField(_("external identifier"), max_length=120, unique=True)
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        verbose_name = _("catalogue category")
        verbose_name_plural = _("catalogue categories")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class CatalogueProduct(models.Model):
    """A product of the catalogue copy; it stays when no shop sells it any more, since orders name it."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    sku = models.CharField(_("external identifier"), max_length=120, unique=True)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    till_codes = models.JSONField(
        _("codes at tills"), default=dict, blank=True, help_text=_("By the make of the till; others use the SKU.")
    )
    categories = models.ManyToManyField(
        CatalogueCategory, blank=True, related_name="products", verbose_name=_("categories")
    )
    shops = models.ManyToManyField(Shop, blank=True, related_name="products", verbose_name=_("shops"))
    earns_points = models.BooleanField(
        _("earns points"), default=True, help_text=_("For orders of tills that do not say it themselves.")
    )

    class Meta:
        verbose_name = _("catalogue product")
        verbose_name_plural = _("catalogue products")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


def find_shop(reference: str) -> Shop:
    """Return the shop of this reference, made on first use."""
    shop, _made = Shop.objects.get_or_create(reference=reference, defaults={"name": reference})
    return shop


def find_store(number: str) -> Shop | None:
    """Return the restaurant that a till calls this: by its number at tills, or as the programme calls it."""
    names = Q(reference=number) | Q(store_number=number)
    with suppress(ValueError):
        names |= Q(uuid=uuid.UUID(number))
    # A number that was given on purpose comes before a reference that happens to read the same.
    return Shop.objects.filter(names).order_by(F("store_number").asc(nulls_last=True)).first()
