from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0001_tables'),
    ]

    operations = [
        # Made anew, not altered: what was kept before is no text, and held addresses.
        migrations.RemoveField(
            model_name='order',
            name='checkout_content',
        ),
        migrations.AddField(
            model_name='order',
            name='checkout_content',
            field=models.CharField(blank=True, editable=False, max_length=64, default=''),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='refund',
            name='ask_again_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='soldcard',
            name='closing_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
