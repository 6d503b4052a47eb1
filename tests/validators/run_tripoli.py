"""Asks tripoli, a validator of Presentation 2.1, about documents: `python run_tripoli.py` with it on PYTHONPATH.

Standard input is JSON, documents by name; standard output is JSON, what was found wrong and what was warned of by name.
"""

import importlib
import json
import sys
from typing import Any

tripoli: Any = importlib.import_module("tripoli")


def judged(document: Any) -> dict[str, list[str]]:
    """Return the errors and warnings of a document, each in words with its place; all of them, not the first alone."""
    validator = tripoli.IIIFValidator(fail_fast=False)
    validator.logger.disabled = True
    validator.validate(document)
    return {
        "errors": [error.log_str() for error in validator.errors],
        "warnings": [warning.log_str() for warning in validator.warnings],
    }


if __name__ == "__main__":
    print(json.dumps({name: judged(document) for name, document in json.load(sys.stdin).items()}))
