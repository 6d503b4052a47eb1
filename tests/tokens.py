"""Who an access token stands for, as the services find out."""

from auth.decision import STRANGER, Reader
from auth.sessions import Sessions, reader_in


def by_token(sessions: Sessions, token: str, policy: str, version: int) -> Reader:
    """Return the reader whose token it is, for one policy in one version of the API; a stranger for any other."""
    holder = sessions.holder(token, policy, version)
    return STRANGER if holder is None else reader_in(holder)
