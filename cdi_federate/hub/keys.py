"""How a record's key stands in the crosswalk: as text, or as HMAC-SHA-256 where the key is personal itself.

The hash can be said in DuckDB's words with the two pads of RFC 2104 in place of the secret. A pad is as secret as the
secret is: it is bound as a parameter, never written into a text.
"""

from __future__ import annotations

import hashlib
import hmac

_BLOCK = 64


def stored(key: str, secret: str) -> str:
    """Return the keyed hash of a key's text, in hexadecimal digits."""
    return hmac.new(secret.encode(), key.encode(), hashlib.sha256).hexdigest()


def pads(secret: str) -> tuple[bytes, bytes]:
    """Return the inner and the outer pad of a secret."""
    raw = secret.encode()
    block = (hashlib.sha256(raw).digest() if len(raw) > _BLOCK else raw).ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def stored_sql(key: str, inner: str, outer: str) -> str:
    """Return `stored` in DuckDB's words: of an expression of the key's text, and of parameters that hold the pads."""
    return f"sha256({outer} || unhex(sha256({inner} || encode({key}))))"
