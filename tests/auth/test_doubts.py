"""What `lectern check` asks back about policies that may be used as they are."""

from pathlib import Path

import pytest

from auth.doubts import override_doubts, policy_doubts
from auth.policies import Policies
from tests.policies import policies_of


def load(folder: Path, text: str) -> Policies:
    file = folder / "policies.toml"
    file.write_text(text)
    return policies_of(file, providers=["sso"])


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('patterns = ["login"]\nprovider = "sso"\n', "everybody who has an account there: sso"),
        ('patterns = ["login"]\nproviders = ["sso", "local"]\nnot_roles = ["x"]\n', "`lectern user list`, sso"),
        ('patterns = ["login"]\n', "`lectern user list`"),
        ('patterns = ["login"]\nroles = []\n', "empty list"),
        ('patterns = ["login"]\nall_roles = []\n', "empty list"),
        ('patterns = ["login"]\nroles = ["x"]\nnot_roles = ["x"]\n', "keeps it out"),
        ('patterns = ["external"]\nnetworks = ["0.0.0.0/0"]\n', "every address"),
        ('patterns = ["external"]\nnetworks = ["::/0"]\n', "every address"),
        ('patterns = ["login"]\nroles = ["x"]\nsearch = "boxes"\n', "oracle"),
    ],
)
def test_th_54_th_94_a_doubtful_policy_is_named_with_what_to_do(tmp_path: Path, text: str, word: str):
    (found,) = policy_doubts(load(tmp_path, "[policies.p]\n" + text))
    assert word in found[0]
    assert found[0].startswith("Policy p ")
    assert found[1]


@pytest.mark.parametrize(
    "text",
    [
        'allow = "everyone"\n',
        'allow = "nobody"\n',
        'patterns = ["login"]\nprovider = "sso"\nroles = ["x"]\n',
        'patterns = ["login"]\nprovider = "sso"\nall_roles = ["x"]\nnot_roles = ["y"]\n',
        'patterns = ["login"]\nprovider = "codes"\n',
        'patterns = ["external"]\nnetworks = ["10.0.0.0/8"]\n',
        'patterns = ["clickthrough"]\n',
    ],
)
def test_a_policy_that_says_what_it_means_is_not_doubted(tmp_path: Path, text: str):
    assert list(policy_doubts(load(tmp_path, "[policies.p]\n" + text))) == []


def test_overrides_of_no_object_and_pages_past_the_last_are_told(tmp_path: Path):
    pages = '[[objects.{}.pages]]\npages = "2-3, 4, 9-12"\npolicy = "open"\n'
    policies = load(tmp_path, "".join(pages.format(name) for name in ("short", "long", "gone")))
    told = [detail for detail, _ in override_doubts(policies, {"short": 3, "long": 12})]
    assert len(told) == 2
    assert "objects.gone" in told[0]
    assert "pages 4, 9-12, but its last page is 3" in told[1]
