"""A made-up Stripe and Mollie, for `manage.py demo --bank` and for tests: a process of its own, loopback only.

It knows nothing of this application and imports none of it, so that it cannot share our mistakes: it speaks the two
providers' HTTP, as far as we use it, to their own unchanged SDKs. Nothing imports it; `python -m orders.demo.bank` runs it.
"""
