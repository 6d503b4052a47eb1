"""Under what a secret value is kept (TH-30)."""

from hashlib import sha256


def digest(value: str) -> str:
    """Return the SHA-256 of a text in hex; any text has one, whatever a client has sent."""
    return sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
