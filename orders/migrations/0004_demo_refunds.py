import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The demo provider sends money back."""

    dependencies = [("orders", "0003_returns")]

    operations = [
        migrations.AddField(
            model_name="democharge",
            name="refunded_cents",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.CreateModel(
            name="DemoRefund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("idempotency_key", models.CharField(max_length=64, unique=True)),
                ("amount_cents", models.PositiveIntegerField()),
                ("created_at", models.DateTimeField()),
                (
                    "charge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="refunds",
                        to="orders.democharge",
                    ),
                ),
            ],
            options={
                "verbose_name": "demo provider's refund",
                "verbose_name_plural": "demo provider's refunds",
            },
        ),
    ]
