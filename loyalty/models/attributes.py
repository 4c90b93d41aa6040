"""Custom attributes: what values an entity of the programme carries besides its own fields, defined by staff."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.attributes import AttributeType, Definition


class Entity(models.TextChoices):
    """What attributes can be defined for (Leat's names; transactions are our own word for its ledger rows)."""

    BUSINESS_PROFILES = "business_profiles", _("Shops")
    CONTACT = "contact", _("Contacts")
    REWARD = "reward", _("Rewards")
    PROMOTION = "promotion", _("Promotions")
    VOUCHER = "voucher", _("Vouchers")
    GIFT_CARD = "giftcard", _("Gift cards")
    GIFT_CARD_TRANSACTION = "giftcard_transaction", _("Gift card transactions")
    PREPAID = "prepaid", _("Prepaid transactions")
    BOOKING = "booking", _("Bookings")
    VISIT = "visit", _("Visits")
    SHIFT = "shift", _("Shifts")
    LOYALTY_TRANSACTION = "loyalty_transaction", _("Transactions")


class AttributeGroup(models.Model):
    """A heading under which attributes of one entity stand together; `CustomAttribute.group_name` says which."""

    entity = models.CharField(_("entity"), max_length=30, choices=Entity.choices)
    name = models.CharField(_("name"), max_length=80)
    label = models.CharField(_("label"), max_length=120, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("group of attributes")
        verbose_name_plural = _("groups of attributes")
        ordering = ["entity", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["entity", "name"], name="group_once_per_entity")]

    def __str__(self) -> str:
        return self.label or self.name


class CustomAttribute(models.Model):
    """The definition of one attribute of one entity. The values stand with the entity's rows, in `attributes`."""

    entity = models.CharField(_("entity"), max_length=30, choices=Entity.choices)
    name = models.SlugField(_("name"), max_length=80)
    label = models.CharField(_("label"), max_length=120)
    type = models.CharField(_("type"), max_length=20, choices=[(kind.value, kind.value) for kind in AttributeType])
    options = models.JSONField(
        _("options"), default=list, blank=True, help_text=_("For selects: a list of {“label”, “value”}.")
    )
    description = models.CharField(_("description"), max_length=300, blank=True)
    group_name = models.CharField(_("group"), max_length=80, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    is_predefined = models.BooleanField(_("predefined"), default=False, editable=False)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("custom attribute")
        verbose_name_plural = _("custom attributes")
        ordering = ["entity", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["entity", "name"], name="attribute_once_per_entity")]

    def __str__(self) -> str:
        return self.label

    @property
    def definition(self) -> Definition:
        """The definition as a value."""
        options = tuple(str(option["value"]) for option in self.options if "value" in option)
        return Definition(name=self.name, type=AttributeType(self.type), options=options)
