"""How often a gift card's code may be guessed, whichever programme knows the card."""

from contextlib import AbstractContextManager
from datetime import datetime

from loyalty import throttle
from loyalty.errors import UnknownGiftCard
from loyalty.throttle import HOUR, MINUTE, Limit
from loyalty.values import Asker

OF_A_GUEST = 30  # in ten minutes
OF_A_NETWORK = 300  # an hour; a restaurant's wifi is one (trust.md)


def count_guesses(asker: Asker, *, now: datetime) -> AbstractContextManager[None]:
    """Count a look-up inside against the asker's browser and network where it ends in UnknownGiftCard, and only then.

    A checkout looks up the cards it pays with again at every step: those are no guesses. Raises TooOften.
    """
    limits = (
        Limit(throttle.key_of("gift-card-guest", asker.guest_id), OF_A_GUEST, 10 * MINUTE),
        Limit(throttle.key_of("gift-card-ip", asker.ip_address), OF_A_NETWORK, HOUR),
    )
    return throttle.count_only(UnknownGiftCard, limits, now=now)
