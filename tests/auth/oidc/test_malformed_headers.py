import json
from base64 import urlsafe_b64encode

import pytest

from auth.oidc.problems import Refused
from auth.oidc.signed import read_signed


@pytest.mark.parametrize("name", ["typ", "kid"])
@pytest.mark.parametrize("value", [1, None, ["JWT"], {"a": 1}])
def test_th_42_a_header_whose_members_are_no_text_is_refused(name: str, value: object):
    def token(**members: object) -> str:
        header = urlsafe_b64encode(json.dumps({"alg": "RS256", **members}).encode()).decode().rstrip("=")
        return f"{header}{'=' * (-len(header) % 4)}.e30.c2ln"

    padding = next(extra for extra in ("", "x", "xx") if "=" not in token(**{name: value}, pad=extra))
    fits = next(extra for extra in ("", "x", "xx") if "=" not in token(**{name: "JWT"}, pad=extra))
    assert read_signed(token(**{name: "JWT"}, pad=fits), ["RS256"]).algorithm == "RS256"
    with pytest.raises(Refused, match="malformed"):
        read_signed(token(**{name: value}, pad=padding), ["RS256"])
