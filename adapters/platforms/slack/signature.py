"""Whether a request comes from Slack: https://docs.slack.dev/authentication/verifying-requests-from-slack."""

import hmac
from collections.abc import Sequence

LONGEST_AGE = 300
LONGEST_TIMESTAMP = 12


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """The `v0=` signature of a raw body at a Unix time in seconds."""
    digest = hmac.digest(secret, b"v0:%b:%b" % (timestamp.encode(), body), "sha256")
    return "v0=" + digest.hex()


def verify(
    secrets: Sequence[bytes], *, timestamp: str, signature: str, body: bytes, now: float
) -> bool:
    """Whether any of the secrets signed this body less than five minutes from now.

    Takes whatever the headers held, and never raises.
    """
    digits = timestamp.isascii() and timestamp.isdigit()
    if not digits or len(timestamp) > LONGEST_TIMESTAMP:
        return False
    if abs(now - int(timestamp)) > LONGEST_AGE:
        return False
    # aiohttp keeps header bytes that are not UTF-8 as surrogates, and compare_digest takes no
    # text beyond ASCII.
    claimed = signature.encode(errors="surrogateescape")
    return any(
        hmac.compare_digest(sign(secret, timestamp, body).encode(), claimed) for secret in secrets
    )
