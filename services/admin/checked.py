"""What `lectern check` says, asked in a process of its own: it looks at every object, and answers wait for nobody."""

import os
import subprocess
import sys
from typing import Any

import orjson

from lectern.errors import StoreUnavailable
from services.context import Context

_LONGEST_SECONDS = 900


def checked(context: Context) -> list[dict[str, str]]:
    """Return the findings, each with level, detail and remedy; raises StoreUnavailable if none came."""
    settings = context.settings
    environment = os.environ | {"LECTERN_HOME": str(settings.home.absolute()), "LECTERN_PORT": str(settings.port)}
    command = [sys.executable, "-m", "services.cli", "check", "--json"]
    try:
        with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
            try:
                told, _ = process.communicate(timeout=_LONGEST_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        found: list[dict[str, Any]] = orjson.loads(told)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise StoreUnavailable(f"`lectern check` told nothing: {error}.", "Run it by hand.") from error
    return [{key: str(each[key]) for key in ("level", "detail", "remedy")} for each in found]
