"""Whether a secret is one: long enough, and nothing that strangers would try first (TH-101, TH-102)."""

import re

LEAST_BYTES = 32  # of a key of our own
LEAST_CHARACTERS = 32  # of a secret that an operator makes: `openssl rand -hex 16` has as many
LEAST_GIVEN = 16  # of a secret that another party made and we only carry
_LEAST_DISTINCT = 8
# What documentation, samples and tired people write, without what is no letter or digit.
_PLACEHOLDERS = (
    "changeme",
    "changethis",
    "replaceme",
    "replacethis",
    "placeholder",
    "yoursecret",
    "mysecret",
    "defaultsecret",
    "secretsecret",
    "secretkey",
    "notsecret",
    "insecure",
    "password",
    "example",
    "thevalueof",
)
_ROWS = ("0123456789", "abcdefghij", "qwertyuiop", "deadbeef")


def weakness(secret: str, least: int = LEAST_CHARACTERS) -> str | None:
    """Return why a secret in words is none ("is shorter than 32 characters"), or None for a good one."""
    if len(secret) < least:
        return f"is shorter than {least} characters"
    if len(set(secret)) < _LEAST_DISTINCT:
        return "is one pattern again and again"
    bare = re.sub(r"[^a-z0-9]", "", secret.lower())
    if any(word in bare for word in _PLACEHOLDERS) or any(bare.count(row) * len(row) * 2 > len(bare) for row in _ROWS):
        return "looks like a sample or a default"
    return None


def key_weakness(key: bytes) -> str | None:
    """Return why bytes are no key, or None for good ones; random bytes are never refused but by a miracle."""
    if len(key) < LEAST_BYTES:
        return f"is shorter than {LEAST_BYTES} bytes"
    if len(set(key)) < _LEAST_DISTINCT:
        return "is one pattern again and again"
    try:
        return weakness(key.decode("ascii"), LEAST_BYTES)
    except UnicodeDecodeError:
        return None
