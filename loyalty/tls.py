"""What proves to us who answers over HTTPS: the certificate authorities we trust, read once for the process."""

import ssl
from functools import cache

import httpx


@cache
def trusted_authorities() -> ssl.SSLContext:
    """Return the context for our own HTTPS calls; nothing in the environment adds to it.

    Reading the authorities takes longer than most calls, and any number of connections may share the context.
    """
    return httpx.create_ssl_context(trust_env=False)
