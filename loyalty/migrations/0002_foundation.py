from django.db import migrations

TYPES = ["percentage_discount", "absolute_discount", "free_item"]
SPLITS = ["proportional", "equal"]
DISCOUNT_ATTRIBUTES = [
    ("discount_type", "Discount type", "select", TYPES),
    ("discount_value", "Discount value", "number", []),
    ("product_code", "Product code (SKU)", "text", []),
    ("category", "Category", "text", []),
    ("max_units", "Units at most", "number", []),
    ("max_cents", "Amount at most, in cents", "number", []),
    ("includes_modifiers", "Extras included", "boolean", []),
    ("minimum_cents", "Minimum order, in cents", "number", []),
    ("exclusive", "Not with other offers", "boolean", []),
    ("split", "Shared over the lines", "select", SPLITS),
]


def lay_foundation(apps, schema_editor):
    """Write the programme with its unit, and the discount attributes of rewards and promotions."""
    Unit = apps.get_model("loyalty", "Unit")
    Programme = apps.get_model("loyalty", "Programme")
    CustomAttribute = apps.get_model("loyalty", "CustomAttribute")
    unit, _made = Unit.objects.get_or_create(name="purchase_amount", defaults={"label": "Purchase amount"})
    Programme.objects.get_or_create(pk=1, defaults={"unit": unit})
    for entity in ("reward", "promotion"):
        for position, (name, label, kind, options) in enumerate(DISCOUNT_ATTRIBUTES):
            CustomAttribute.objects.get_or_create(
                entity=entity,
                name=name,
                defaults={
                    "label": label,
                    "type": kind,
                    "options": [{"label": option, "value": option} for option in options],
                    "group_name": "discount",
                    "position": position,
                    "is_predefined": True,
                },
            )


class Migration(migrations.Migration):
    """The rows that every installation starts with."""

    dependencies = [("loyalty", "0001_tables")]

    operations = [migrations.RunPython(lay_foundation, migrations.RunPython.noop)]
