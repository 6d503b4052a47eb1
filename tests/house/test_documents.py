"""The documents say what the code does, and every link inside them leads somewhere."""

import re
import subprocess
import sys
import tomllib

import pytest
from pydantic import BaseModel

from auth.policy_file import _KEYS
from lectern.errors import ExitCode
from lectern.picture_sources import HttpSource, S3Source
from lectern.providers import HeaderProvider, OidcProvider
from lectern.settings import Settings, load_settings
from tests.conftest import ROOT
from tests.house.files import name, text_files
from tests.policies import policies_of


def test_pages_made_from_the_code_are_current():
    done = subprocess.run(
        [sys.executable, "tools/reference.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_setting_has_a_line_of_help_and_a_row_in_the_page():
    page = (ROOT / "docs/settings.md").read_text()
    for field, info in Settings.model_fields.items():
        assert info.description, field
        assert f"`LECTERN_{field.upper()}`" in page


def test_the_sample_of_the_settings_file_says_the_defaults(tmp_path):
    sample = (ROOT / "docs/lectern.toml.sample").read_text()
    live = re.sub(r"^#(\w+ = )", r"\1", sample, flags=re.M)
    assert set(tomllib.loads(live)) == set(Settings.model_fields) - {"home", "viewers"}
    (tmp_path / "lectern.toml").write_text(live)
    without_file = load_settings(tmp_path / "elsewhere").model_copy(update={"home": tmp_path})
    assert load_settings(tmp_path) == without_file


def test_every_exit_status_is_described():
    page = (ROOT / "docs/cli.md").read_text()
    for code in ExitCode:
        assert f"| {code.value} |" in page


_EXAMPLES = [
    pytest.param(block, id=f"{page} {number}")
    for page in ("README.md", "docs/policies.md")
    for number, block in enumerate(re.findall(r"```toml\n(.*?)```", (ROOT / page).read_text(), re.S), 1)
]


@pytest.mark.parametrize("example", _EXAMPLES)
def test_examples_of_policies_can_be_used_as_they_are(example, tmp_path):
    file = tmp_path / "policies.toml"
    file.write_text(example)
    assert policies_of(file, providers=["sso"]).names > {"open"}


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        (OidcProvider, "providers"),
        (HeaderProvider, "providers"),
        (S3Source, "picture-source-keys"),
        (HttpSource, "picture-source-keys"),
    ],
)
def test_every_key_of_a_provider_or_a_source_is_explained(kind: type[BaseModel], where: str):
    page = (ROOT / f"docs/{where}.md").read_text()
    for key, info in kind.model_fields.items():
        assert key == "kind" or f"\n| `{key}` | " in page, key
        assert key == "kind" or info.description, key


def test_every_key_of_a_policy_is_explained():
    page = (ROOT / "docs/policies.md").read_text()
    for key in _KEYS:
        assert f"`{key}" in page or f"\n{key} = " in page, key


@pytest.mark.parametrize("path", [p for p in text_files() if p.suffix == ".md"], ids=name)
def test_links_between_documents_lead_somewhere(path):
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.S)
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if not re.match(r"[a-z]+:", target):
            assert (path.parent / target).exists(), target


def test_the_readme_leads_to_every_page_for_users():
    readme = (ROOT / "README.md").read_text()
    for page in sorted((ROOT / "docs").glob("*.md")):
        assert f"(docs/{page.name})" in readme, page.name


def test_the_readme_names_every_make_target_that_a_newcomer_needs():
    readme = (ROOT / "README.md").read_text()
    for target in ("make demo", "make test"):
        assert target in readme


@pytest.mark.parametrize("path", [p for p in text_files() if p.suffix == ".md"], ids=name)
def test_make_targets_that_documents_name_exist(path):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"`make ([a-z]+)", path.read_text()))
    assert named <= targets


def test_what_the_delegate_of_cantaloupe_reads_is_in_its_head_and_in_its_page():
    head, _, code = (ROOT / "deploy/cantaloupe/delegates.rb").read_text().partition("module Lectern")
    page = (ROOT / "docs/cantaloupe.md").read_text()
    read = set(re.findall(r"ENV(?:\.fetch\(|\[)'(\w+)'", code))
    assert read == set(re.findall(r"^# (LECTERN_\w+) ", head, re.M))
    assert read == set(re.findall(r"^ +\| `(LECTERN_\w+)`", page, re.M))
