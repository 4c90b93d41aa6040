"""The tables; an installation made step by step before takes this as done."""

import django.core.validators
import django.db.models.deletion
import menu.food
import menu.models.category
import menu.models.restaurant
import menu.models.table
import menu.till_codes
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('menu', '0001_initial'), ('menu', '0002_staff_permissions'), ('menu', '0003_what_imports_brought'), ('menu', '0004_ways_to_pay'), ('menu', '0005_receipts'), ('menu', '0006_codes_at_tills'), ('menu', '0007_vouchers_sold')]

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ModifierGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source_key', models.CharField(blank=True, editable=False, max_length=200, verbose_name='id in the imported file')),
                ('imported', models.JSONField(default=dict, editable=False, verbose_name='as last imported')),
                ('key', models.CharField(max_length=80, verbose_name='short name')),
                ('name', models.CharField(max_length=120, verbose_name='question')),
                ('min_choices', models.PositiveSmallIntegerField(default=0, verbose_name='at least')),
                ('max_choices', models.PositiveSmallIntegerField(blank=True, help_text='Empty: no limit.', null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='at most')),
                ('free_choices', models.PositiveSmallIntegerField(default=0, help_text='This many choices are free, the dearest first.', verbose_name='included in the price')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='position')),
            ],
            options={
                'verbose_name': 'modifier group',
                'verbose_name_plural': 'modifier groups',
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Restaurant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(help_text='The menu is at /r/<this>/.', unique=True, verbose_name='address name')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('tagline', models.CharField(blank=True, max_length=200, verbose_name='tagline')),
                ('currency', models.CharField(default='EUR', max_length=3, validators=[menu.models.restaurant.validate_currency], verbose_name='currency')),
                ('time_zone', models.CharField(default='Europe/Amsterdam', max_length=64, validators=[menu.models.restaurant.validate_time_zone], verbose_name='time zone')),
                ('language', models.CharField(default='en', max_length=10, verbose_name='language of the menu')),
                ('logo', models.ImageField(blank=True, upload_to='logos/', verbose_name='logo')),
                ('logo_drawing', models.CharField(blank=True, max_length=80, verbose_name='built-in logo')),
                ('accent_colour', models.CharField(default='#c4432b', help_text='Used for what can be tapped; made darker or lighter on its own until it can be read.', max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-fA-F]{6}$', 'Write the colour as #rrggbb.')], verbose_name='accent colour')),
                ('prices_include_tax', models.BooleanField(default=True, verbose_name='prices include tax')),
                ('tax_rate', models.DecimalField(decimal_places=3, default=Decimal('0'), max_digits=6, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='usual tax rate (%)')),
                ('service_charge_percent', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='service charge (%)')),
                ('service_charge_tax_rate', models.DecimalField(decimal_places=3, default=Decimal('0'), max_digits=6, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='tax rate of the service charge (%)')),
                ('tip_percents', models.JSONField(blank=True, default=list, verbose_name='tips offered (%)')),
                ('payment_methods', models.JSONField(blank=True, default=list, help_text='None chosen: all that this installation offers.', verbose_name='ways to pay')),
                ('receipt_details', models.TextField(blank=True, help_text='Under the name on every receipt: company, address, VAT number. One line each.', max_length=500, verbose_name='on receipts')),
                ('opening_hours', models.TextField(blank=True, help_text='One line per group of days, e.g. “Mo-Fr 11:00-14:30, 17:00-22:00”. Empty: always open.', validators=[menu.models.restaurant.validate_opening_hours], verbose_name='opening hours')),
                ('ordering', models.CharField(choices=[('on', 'Taking orders'), ('paused', 'Paused (with the message below)'), ('browse_only', 'Menu only, no ordering')], default='on', max_length=12, verbose_name='ordering')),
                ('pause_message', models.CharField(blank=True, help_text='What diners read, e.g. why and until when.', max_length=200, verbose_name='message while paused')),
                ('menu_version', models.PositiveIntegerField(default=1, editable=False)),
                ('last_order_number', models.PositiveIntegerField(default=0, editable=False)),
                ('last_receipt_number', models.PositiveIntegerField(default=0, editable=False)),
            ],
            options={
                'verbose_name': 'restaurant',
                'verbose_name_plural': 'restaurants',
                'ordering': ['name'],
                'permissions': [('pause_ordering', 'Can pause ordering')],
            },
        ),
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source_key', models.CharField(blank=True, editable=False, max_length=200, verbose_name='id in the imported file')),
                ('imported', models.JSONField(default=dict, editable=False, verbose_name='as last imported')),
                ('slug', models.SlugField(help_text='Offers name a category by this.', max_length=80, verbose_name='short name')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='position')),
                ('available_from', models.TimeField(blank=True, null=True, verbose_name='served from')),
                ('available_until', models.TimeField(blank=True, null=True, verbose_name='served until')),
                ('weekdays', models.CharField(blank=True, help_text='E.g. “Mo-Fr” or “Sa,Su”. Empty: every day.', max_length=40, validators=[menu.models.category.validate_weekdays], verbose_name='served on')),
                ('is_hidden', models.BooleanField(default=False, verbose_name='hidden')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='children', to='menu.category', verbose_name='within')),
                ('restaurant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='categories', to='menu.restaurant', verbose_name='restaurant')),
            ],
            options={
                'verbose_name': 'category',
                'verbose_name_plural': 'categories',
                'ordering': ['position', 'id'],
                'constraints': [models.UniqueConstraint(fields=('restaurant', 'slug'), name='category_slug_once_per_restaurant')],
            },
        ),
        migrations.CreateModel(
            name='Modifier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source_key', models.CharField(blank=True, editable=False, max_length=200, verbose_name='id in the imported file')),
                ('imported', models.JSONField(default=dict, editable=False, verbose_name='as last imported')),
                ('sold_out_since', models.DateTimeField(blank=True, null=True, verbose_name='sold out since')),
                ('sold_out_until', models.DateTimeField(blank=True, help_text='Empty: until you put it back on sale.', null=True, verbose_name='sold out until')),
                ('sku', models.CharField(blank=True, max_length=80, verbose_name='SKU')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('price_cents', models.PositiveIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(100000000)], verbose_name='surcharge (in cents)')),
                ('is_default', models.BooleanField(default=False, verbose_name='chosen from the start')),
                ('max_quantity', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(20)], verbose_name='at most of this')),
                ('allergens', models.JSONField(blank=True, null=True, validators=[menu.food.validate_allergens], verbose_name='allergens')),
                ('diets', models.JSONField(blank=True, default=list, validators=[menu.food.validate_diets], verbose_name='diets')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='position')),
                ('is_hidden', models.BooleanField(default=False, verbose_name='hidden')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='modifiers', to='menu.modifiergroup', verbose_name='group')),
            ],
            options={
                'verbose_name': 'option',
                'verbose_name_plural': 'options',
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source_key', models.CharField(blank=True, editable=False, max_length=200, verbose_name='id in the imported file')),
                ('imported', models.JSONField(default=dict, editable=False, verbose_name='as last imported')),
                ('sold_out_since', models.DateTimeField(blank=True, null=True, verbose_name='sold out since')),
                ('sold_out_until', models.DateTimeField(blank=True, help_text='Empty: until you put it back on sale.', null=True, verbose_name='sold out until')),
                ('till_codes', models.TextField(blank=True, help_text='A line for each make of till, such as “Acme=1001”. Tills of other makes are told the SKU.', validators=[menu.till_codes.validate_till_codes], verbose_name='codes at tills')),
                ('sku', models.CharField(help_text='Your own article number; offers name products by it.', max_length=80, verbose_name='SKU')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('price_cents', models.PositiveIntegerField(blank=True, help_text='In the smallest unit of the currency. Empty for a product with sizes.', null=True, validators=[django.core.validators.MaxValueValidator(100000000)], verbose_name='price (in cents)')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='position')),
                ('picture', models.ImageField(blank=True, upload_to='products/', verbose_name='picture')),
                ('drawing', models.CharField(blank=True, max_length=80, verbose_name='built-in drawing')),
                ('allergens', models.JSONField(blank=True, null=True, validators=[menu.food.validate_allergens], verbose_name='allergens')),
                ('diets', models.JSONField(blank=True, default=list, validators=[menu.food.validate_diets], verbose_name='diets')),
                ('tax_rate', models.DecimalField(blank=True, decimal_places=3, help_text="Empty: the restaurant's usual rate.", max_digits=6, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='tax rate (%)')),
                ('kind', models.CharField(choices=[('food', 'Food or drink'), ('gift_card', 'Gift card'), ('voucher', 'Voucher')], default='food', max_length=12, verbose_name='kind')),
                ('promotion', models.CharField(blank=True, help_text='Of a voucher: what the buyer gets one of. Empty for everything else.', max_length=64, verbose_name='promotion')),
                ('is_alcohol', models.BooleanField(default=False, verbose_name='contains alcohol')),
                ('discountable', models.BooleanField(default=True, verbose_name='discounts apply')),
                ('earns_points', models.BooleanField(default=True, verbose_name='earns points')),
                ('is_hidden', models.BooleanField(default=False, verbose_name='hidden')),
                ('categories', models.ManyToManyField(blank=True, related_name='products', to='menu.category', verbose_name='categories')),
            ],
            options={
                'verbose_name': 'product',
                'verbose_name_plural': 'products',
                'ordering': ['position', 'id'],
                'permissions': [('mark_sold_out', 'Can mark things sold out')],
            },
        ),
        migrations.CreateModel(
            name='ProductModifierGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='position')),
                ('min_choices', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='at least')),
                ('max_choices', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='at most')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='asked', to='menu.modifiergroup', verbose_name='group')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='asked', to='menu.product', verbose_name='product')),
            ],
            options={
                'verbose_name': 'modifier group of a product',
                'verbose_name_plural': 'modifier groups of products',
                'ordering': ['position', 'id'],
                'constraints': [models.UniqueConstraint(fields=('product', 'group'), name='group_once_per_product')],
            },
        ),
        migrations.AddField(
            model_name='product',
            name='groups',
            field=models.ManyToManyField(related_name='products', through='menu.ProductModifierGroup', to='menu.modifiergroup', verbose_name='modifiers'),
        ),
        migrations.AddField(
            model_name='product',
            name='restaurant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='products', to='menu.restaurant', verbose_name='restaurant'),
        ),
        migrations.AddField(
            model_name='modifiergroup',
            name='restaurant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='groups', to='menu.restaurant', verbose_name='restaurant'),
        ),
        migrations.CreateModel(
            name='BroughtProduct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source_key', models.CharField(max_length=200, verbose_name='id in the imported file')),
                ('restaurant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='brought', to='menu.restaurant', verbose_name='restaurant')),
            ],
            options={
                'verbose_name': 'imported product',
                'verbose_name_plural': 'imported products',
                'constraints': [models.UniqueConstraint(fields=('restaurant', 'source_key'), name='brought_once_per_restaurant')],
            },
        ),
        migrations.CreateModel(
            name='Table',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, verbose_name='name')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='position')),
                ('code', models.CharField(default=menu.models.table.new_table_code, editable=False, max_length=40, unique=True, verbose_name='code')),
                ('rotated_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='code renewed')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('restaurant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tables', to='menu.restaurant', verbose_name='restaurant')),
            ],
            options={
                'verbose_name': 'table',
                'verbose_name_plural': 'tables',
                'ordering': ['restaurant', 'position', 'id'],
                'constraints': [models.UniqueConstraint(fields=('restaurant', 'name'), name='table_name_once_per_restaurant')],
            },
        ),
        migrations.CreateModel(
            name='Variant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source_key', models.CharField(blank=True, editable=False, max_length=200, verbose_name='id in the imported file')),
                ('imported', models.JSONField(default=dict, editable=False, verbose_name='as last imported')),
                ('sold_out_since', models.DateTimeField(blank=True, null=True, verbose_name='sold out since')),
                ('sold_out_until', models.DateTimeField(blank=True, help_text='Empty: until you put it back on sale.', null=True, verbose_name='sold out until')),
                ('till_codes', models.TextField(blank=True, help_text='A line for each make of till, such as “Acme=1001”. Tills of other makes are told the SKU.', validators=[menu.till_codes.validate_till_codes], verbose_name='codes at tills')),
                ('sku', models.CharField(max_length=80, verbose_name='SKU')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('price_cents', models.PositiveIntegerField(validators=[django.core.validators.MaxValueValidator(100000000)], verbose_name='price (in cents)')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='position')),
                ('is_hidden', models.BooleanField(default=False, verbose_name='hidden')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='variants', to='menu.product', verbose_name='product')),
            ],
            options={
                'verbose_name': 'size',
                'verbose_name_plural': 'sizes',
                'ordering': ['position', 'id'],
                'constraints': [models.UniqueConstraint(fields=('product', 'sku'), name='variant_sku_once_per_product')],
            },
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.UniqueConstraint(fields=('restaurant', 'sku'), name='product_sku_once_per_restaurant'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.UniqueConstraint(condition=models.Q(('source_key', ''), _negated=True), fields=('restaurant', 'source_key'), name='product_source_once_per_restaurant'),
        ),
        migrations.AddConstraint(
            model_name='modifiergroup',
            constraint=models.UniqueConstraint(fields=('restaurant', 'key'), name='group_key_once_per_restaurant'),
        ),
    ]
