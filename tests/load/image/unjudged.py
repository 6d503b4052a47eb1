"""Our image service with no verdict before any pixel, for the measure of what the verdict costs; never for readers.

python -m tests.load.image.unjudged serve image
"""

import os
import tempfile
from dataclasses import replace


def without_verdicts() -> None:
    """Have everybody let in and nobody looked up, in this process and those it starts."""
    from auth.decision import FULL, Verdict
    from services.asker import Asker
    from services.image.pixels import Pixels

    everybody = replace(FULL, public=True)

    def nobody_refused(*_: object) -> None:
        return None

    def open_to_all(*_: object) -> Verdict:
        return everybody

    Pixels._refusal = nobody_refused  # type: ignore[method-assign, assignment]
    Asker.stranger = Asker.verdict = open_to_all  # type: ignore[method-assign, assignment]


def main() -> None:
    """Run the command line of Lectern, but for that; log and metrics are on."""
    with tempfile.TemporaryDirectory() as measurements:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = measurements  # asked for when the metrics library is imported
        without_verdicts()
        from services.cli import main as command_line

        command_line()


if __name__ == "__main__":
    main()
