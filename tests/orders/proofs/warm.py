"""What a web server and a worker need before their first request, loaded once before they are forked (tests/parallel.py)."""

from importlib import import_module

from django.template.loader import get_template

for _module in ("config.urls", "orders.payments.stripe", "orders.payments.mollie", "tests.orders.proofs.serving"):
    import_module(_module)
for _template in ("checkout", "basket", "menu", "payment_redirect", "order", "offers"):
    get_template(f"orders/{_template}.html")
