"""Has iiif-prezi3 read documents of Presentation 3 and write them again: `python run_prezi3.py` with it on PYTHONPATH.

Standard input is JSON, documents by name; standard output is JSON: what it wrote, or in words why it cannot read one.
"""

import importlib
import json
import sys
from typing import Any

prezi3: Any = importlib.import_module("iiif_prezi3")


def written_again(document: Any) -> Any:
    """Return the document as the library writes what it read, or a string with what it found wrong."""
    try:
        return json.loads(getattr(prezi3, document["type"])(**document).json())
    except ValueError as error:
        return str(error)


if __name__ == "__main__":
    print(json.dumps({name: written_again(document) for name, document in json.load(sys.stdin).items()}))
