"""Policies of a file as tests want them: built-in words and no providers unless something else is said."""

from collections.abc import Collection
from pathlib import Path

from auth.policies import Policies, load_policies
from auth.policy_texts import Ours
from auth.wording import Words, built_in

SAMPLE = """
[policies.open]
allow = "everyone"

[policies.reading-room]
patterns = ["external"]
networks = ["10.0.0.0/8", "2001:db8::/32"]
substitute = { max_scale = 0.125 }
search = "boxes"

[policies.members]
patterns = ["login"]
provider = "local"
roles = ["member"]
search = "none"
until = 2031-01-01
"""


def policies_of(
    file: Path, institution: str = "Lectern", *, words: Words | None = None, providers: Collection[str] | None = ()
) -> Policies:
    """Return the policies of a file; raises ConfigurationError for a broken one."""
    return load_policies(file, Ours(words or built_in(), institution), providers)
