"""Whether a request comes from Discord.

https://discord.com/developers/docs/interactions/overview#setting-up-an-endpoint-validating-security-request-headers.
"""

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

LONGEST_AGE = 300
LONGEST_TIMESTAMP = 12
SIGNATURE_LENGTH = 64


def verify(key: VerifyKey, *, timestamp: str, signature: str, body: bytes, now: float) -> bool:
    """Whether the key signed this body less than five minutes from now.

    Takes whatever the headers held, and never raises.
    """
    digits = timestamp.isascii() and timestamp.isdigit()
    if not digits or len(timestamp) > LONGEST_TIMESTAMP:
        return False
    if abs(now - int(timestamp)) > LONGEST_AGE:
        return False
    try:
        claimed = bytes.fromhex(signature)
    except ValueError:
        return False
    if len(claimed) != SIGNATURE_LENGTH:
        return False
    try:
        key.verify(timestamp.encode() + body, claimed)
    except BadSignatureError:
        return False
    return True
