from django.db import migrations, models


class Migration(migrations.Migration):
    """Which of the installation's ways to pay a restaurant offers."""

    dependencies = [("menu", "0003_what_imports_brought")]

    operations = [
        migrations.AddField(
            model_name="restaurant",
            name="payment_methods",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="None chosen: all that this installation offers.",
                verbose_name="ways to pay",
            ),
        ),
    ]
