from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0002_presses_pauses_and_closings'),
    ]

    operations = [
        migrations.AddField(
            model_name='soldcard',
            name='issuing_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
