"""Shops, and the programme's own copy of what they sell: plain SKUs and slugs, synced through the port."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Shop(models.Model):
    """A restaurant as the programme knows it; `reference` is the restaurant's own name for itself."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(_("reference"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)

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
    categories = models.ManyToManyField(
        CatalogueCategory, blank=True, related_name="products", verbose_name=_("categories")
    )
    shops = models.ManyToManyField(Shop, blank=True, related_name="products", verbose_name=_("shops"))

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
