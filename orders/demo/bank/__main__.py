"""Runs the made-up banks: `python -m orders.demo.bank --port 0`. Serves until stopped; with port 0 prints where."""

from argparse import ArgumentParser

from orders.demo.bank.server import Bank

STRIPE_KEY, STRIPE_SECRET, MOLLIE_KEY = "sk_test_madeup", "whsec_madeup", "test_madeup"


def main() -> None:
    """Read the options, listen and serve."""
    parser = ArgumentParser(prog="python -m orders.demo.bank", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the port of the loopback to listen on (default: any)")
    parser.add_argument("--stripe-key", default=STRIPE_KEY)
    parser.add_argument("--stripe-secret", default=STRIPE_SECRET)
    parser.add_argument("--stripe-url", default="", help="where Stripe's events are sent")
    parser.add_argument("--mollie-key", default=MOLLIE_KEY)
    parser.add_argument("--late-seconds", type=float, default=5.0, help="how late “answer late” is")
    options = parser.parse_args()
    bank = Bank(**vars(options))
    if not options.port:
        print(bank.base, flush=True)  # noqa: T201  whoever started us reads it
    try:
        bank.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    finally:
        bank.server_close()


if __name__ == "__main__":
    main()
