from django.db import migrations


class Migration(migrations.Migration):
    """What a waiter may do without being allowed to change the menu."""

    dependencies = [("menu", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(
            name="product",
            options={
                "ordering": ["position", "id"],
                "permissions": [("mark_sold_out", "Can mark things sold out")],
                "verbose_name": "product",
                "verbose_name_plural": "products",
            },
        ),
        migrations.AlterModelOptions(
            name="restaurant",
            options={
                "ordering": ["name"],
                "permissions": [("pause_ordering", "Can pause ordering")],
                "verbose_name": "restaurant",
                "verbose_name_plural": "restaurants",
            },
        ),
    ]
