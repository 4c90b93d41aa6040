import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What imports have brought, so that what staff delete stays deleted."""

    dependencies = [("menu", "0002_staff_permissions")]

    operations = [
        migrations.CreateModel(
            name="BroughtProduct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source_key", models.CharField(max_length=200, verbose_name="id in the imported file")),
                (
                    "restaurant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="brought",
                        to="menu.restaurant",
                        verbose_name="restaurant",
                    ),
                ),
            ],
            options={"verbose_name": "imported product", "verbose_name_plural": "imported products"},
        ),
        migrations.AddConstraint(
            model_name="broughtproduct",
            constraint=models.UniqueConstraint(
                fields=("restaurant", "source_key"), name="brought_once_per_restaurant"
            ),
        ),
    ]
