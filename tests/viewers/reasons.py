"""Why a cell of the matrix does not work: each reason is seen in the request log, not guessed."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.viewers.log import Asked, Log


@dataclass(frozen=True)
class Reason:
    """What keeps a feature from working: a `code` for the footnote, its `text`, and how the log shows it."""

    code: str
    text: str
    holds: Callable[[Log], bool] = lambda log: False


class Shortfall(Exception):
    """A feature does not work, for a stated reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


def _let_in(log: Log) -> list[Asked]:
    return log.of(lambda asked: asked.is_info and asked.bearer == "token" and asked.status == 200)


TOKEN = Reason(
    "token",
    "The browser gives the token frame no cookie, since it blocks those of other sites; so there is no token, and "
    "capability URLs, which are given for a token, do not help. The browser's doing; the sign-in window says what "
    "does help.",
    lambda log: bool(log.of(lambda asked: asked.is_token and not asked.cookie)),
)
TILES = Reason(
    "tiles",
    "The viewer has its token, but asks for tiles without cookies (`crossorigin=anonymous`) and is refused. "
    "The viewer's doing; with capability URLs it works.",
    lambda log: (
        bool(_let_in(log))
        and bool(
            log.of(lambda asked: asked.is_tile and asked.status == 401 and asked.mode == "cors" and not asked.cookie)
        )
    ),
)
LOOP = Reason(
    "loop",
    "After a refusal the viewer asks for its token again and again until the page is left, without being told to. "
    "The viewer's doing; Lectern answers each time 1.5 seconds late, so that it is a trickle.",
    lambda log: len(log.of(lambda asked: asked.is_token)) >= 3,
)
SILENT = Reason(
    "silent",
    "After a search that was refused the viewer sends no other until its reader presses `clear`. The viewer's doing; "
    "Lectern answers with a list without hits, and the status 400.",
    lambda log: len({asked.query for asked in log.of(lambda asked: asked.is_search)}) == 1,
)
REASONS = {reason.code: reason for reason in (TOKEN, TILES, LOOP, SILENT)}
