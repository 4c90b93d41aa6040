"""Which Leat account, and how long it may take: the settings of this backend in one value."""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where Leat is and who we are there. Times in seconds."""

    base_url: str
    token: str
    shop_uuid: str
    attribute_prefix: str
    currency: str
    connect_timeout: float
    read_timeout: float
    change_timeout: float
    silence_seconds: float
    cache_seconds: int


def read_account() -> Account:
    """Read the settings whose names begin with LEAT."""
    return Account(
        base_url=settings.LEAT_BASE_URL.rstrip("/"),
        token=settings.LEAT_TOKEN,
        shop_uuid=settings.LEAT_SHOP_UUID,
        attribute_prefix=settings.LEAT_ATTRIBUTE_PREFIX,
        currency=settings.LEAT_CURRENCY,
        connect_timeout=settings.LEAT_CONNECT_TIMEOUT_SECONDS,
        read_timeout=settings.LEAT_READ_TIMEOUT_SECONDS,
        change_timeout=settings.LEAT_CHANGE_TIMEOUT_SECONDS,
        silence_seconds=settings.LEAT_SILENCE_SECONDS,
        cache_seconds=settings.LEAT_CACHE_SECONDS,
    )
