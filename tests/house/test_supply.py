"""What a release is made of: known holes, terms, and the bill of materials."""

import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.conftest import ROOT
from tools.audit import judged
from tools.bom import bill_of_materials
from tools.licences import is_allowed, listed, terms
from tools.locked import bundles, packages

_LOCKED = {"good": "1.0", "torn": "2.0"}


def _report(**entries: dict[str, object]) -> dict[str, object]:
    return {"dependencies": [{"name": name, "version": _LOCKED[name], **more} for name, more in entries.items()]}


def test_a_known_hole_is_named_with_what_mends_it():
    hole = {"id": "X-2026-1", "fix_versions": ["2.1"]}
    holes, silent = judged(_report(good={"vulns": []}, torn={"vulns": [hole]}), _LOCKED)
    assert holes == ["torn 2.0: X-2026-1, mended in 2.1"]
    assert silent == []


@pytest.mark.parametrize(
    ("report", "silent"),
    [
        (None, ["good", "torn"]),
        ({"dependencies": []}, ["good", "torn"]),
        (_report(good={"vulns": []}, torn={"skip_reason": "not found"}), ["torn"]),
    ],
)
def test_whom_nobody_could_be_asked_about_is_no_hole_and_is_told(report, silent):
    assert judged(report, _LOCKED) == ([], silent)


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        ("MIT License", True),
        ("BSD License; Apache Software License", True),
        ("MIT License; GNU General Public License v3 (GPLv3)", False),
        ("GPL-3.0-only OR MIT", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("MIT AND AGPL-3.0-only", False),
        ("UNKNOWN", False),
    ],
)
def test_terms_are_allowed_by_name_only(said: str, allowed: bool):
    assert is_allowed(terms("any", said)) is allowed


def test_the_page_of_licences_is_of_what_is_locked():
    page = listed((ROOT / "docs/licences.md").read_text())
    ships = packages() | {name: version for name, version, *_ in bundles()}
    assert page == ships, "`make licences` writes the page anew"


def test_the_bill_of_materials_names_all_that_ships_with_hashes_and_nothing_of_the_day():
    bill = bill_of_materials()
    parts = {part["name"]: part for part in bill["components"]}
    assert {name: part["version"] for name, part in parts.items()} == (
        packages() | {name: version for name, version, *_ in bundles()}
    )
    assert all(part["hashes"] and part["licenses"] for part in parts.values())
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill)) is None
    assert not {"serialNumber", "timestamp"} & (bill.keys() | bill["metadata"].keys())
