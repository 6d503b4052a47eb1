"""The operator's first page, ingests under way, and what `lectern check` finds."""

from typing import Any

from flask import Response

from ingest.underway import all_under_way
from services import SERVICES
from services.admin import versions
from services.admin.checked import checked
from services.admin.kept import Kept
from services.admin.showing import page
from services.admin.sizes import limits, measured
from services.context import Context
from services.health import checks_of, reason_of

_SIZES_SECONDS, _CHECK_SECONDS = 600, 600
_LATELY = 20


class Overview:
    """The views that tell of the whole installation."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._sizes = Kept(context.home, "sizes", lambda: measured(context), _SIZES_SECONDS, context.clock)
        self._checked = Kept(context.home, "check", lambda: checked(context), _CHECK_SECONDS, context.clock)

    def show(self) -> Response:
        """Answer with sums, what is under way, how the stores are, what takes room, and versions."""
        context = self._context
        checks = {name: reason_of(check) for name, check in checks_of(context, SERVICES).items()}
        return page(
            context,
            "overview.html",
            totals=context.catalogue.survey.totals(),
            sessions=context.sessions.count_open(),
            checks=checks,
            sizes=self._sizes.newest(),
            limits=limits(context),
            versions=versions.ours(context),
            libraries=versions.libraries(),
            **self._going(),
        )

    def ingest(self) -> Response:
        """Answer with what is being read, and what was published last."""
        return page(
            self._context,
            "ingest.html",
            lately=self._context.catalogue.survey.lately(_LATELY),
            **self._going(),
        )

    def now(self) -> Response:
        """Answer with the part of a page that tells what is being read: a script asks for it again and again."""
        return page(self._context, "going.html", **self._going())

    def check(self) -> Response:
        """Answer with what `lectern check` found last; it is run anew, beside the requests, when that is old."""
        return page(self._context, "check.html", found=self._checked.newest())

    def _going(self) -> dict[str, Any]:
        """Return the ingests of this home that have not ended, and objects that other machines write."""
        going = all_under_way(self._context.home)
        catalogue = self._context.catalogue
        here = {each.object for each in going}
        held = [each for each in catalogue.survey.held(catalogue.leases.now()) if each.object not in here]
        return {"going": going, "held": held}
