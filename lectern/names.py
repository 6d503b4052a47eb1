"""Words that mean one thing in settings, policies and the store: our own providers, what a role is, this machine."""

import re

LOCAL = "local"  # the accounts of `lectern user`
CODES = "codes"  # the access codes of `lectern code`
OWN_PROVIDERS = frozenset({LOCAL, CODES})
ROLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
