import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('loyalty', '0012_leat'),
    ]

    operations = [
        migrations.AddField(
            model_name='voucherlock',
            name='contact',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='voucher_locks', to='loyalty.contact', verbose_name='contact'),
        ),
    ]
