"""Numbers with their nouns, as people write them."""


def counted(number: int, noun: str) -> str:
    """Return "1 page", "2 pages": a noun that takes an s, with its number."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
