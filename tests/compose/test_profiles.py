"""The profiles whose images cannot be had everywhere: what compose makes of them, and what Lectern reads of it."""

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests.compose.installation import Installation, variables_of
from tests.conftest import ROOT

_SECRETS = ("lectern-database", "postgres-database", "lectern-sso", "keycloak-client", "keycloak-admin", "trial-key")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which secrets.sh has made what is missing, twice."""
    if os.geteuid() != 0:
        pytest.skip("only root can give secrets to the accounts in the containers")
    folder = tmp_path_factory.mktemp("compose")
    shutil.copy(ROOT / "deploy/compose/secrets.sh", folder)
    subprocess.run(["sh", folder / "secrets.sh"], check=True)
    before = {name: (folder / "secrets" / name).read_bytes() for name in _SECRETS}
    subprocess.run(["sh", folder / "secrets.sh"], check=True)
    assert {name: (folder / "secrets" / name).read_bytes() for name in _SECRETS} == before
    return folder / "secrets"


def _variables(name: str, made: Path) -> dict[str, str]:
    given = variables_of(ROOT / f"deploy/compose/{name}.env")
    return {key: value.replace("./deploy/compose/secrets", str(made)) for key, value in given.items()}


def test_secrets_are_made_once_for_the_one_account_that_reads_each(made: Path):
    owners = {name: (made / name).stat().st_uid for name in _SECRETS}
    assert owners == dict(zip(_SECRETS, (10001, 999, 10001, 1000, 1000, 101), strict=True))
    assert {stat.S_IMODE((made / name).stat().st_mode) for name in _SECRETS} == {0o400}
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    values = {name: (made / name).read_text() for name in _SECRETS}
    assert values["lectern-database"] == values["postgres-database"]
    assert values["lectern-sso"] == values["keycloak-client"]
    assert len(set(values.values())) == 4
    assert len(values["keycloak-admin"].strip()) == 64


@pytest.mark.parametrize(
    ("name", "images"),
    [("scale", ["opensearchproject/opensearch:", "postgres:"]), ("sso", ["quay.io/keycloak/keycloak:"])],
)
def test_a_profile_is_valid_and_tells_no_secret(built: Installation, made: Path, name: str, images: list[str]):
    told = built.with_variables(**_variables(name, made)).compose("config")
    for image in images:
        assert f"image: {image}" in told
    assert not [value for each in _SECRETS if (value := (made / each).read_text().strip()) in told]


def test_without_a_profile_there_are_only_lectern_and_its_gateway(built: Installation):
    told = built.compose("config")
    assert "image: nginx:" in told
    assert not [name for name in ("opensearchproject", "image: postgres", "keycloak/keycloak") if name in told]


def test_with_the_profile_scale_lectern_is_told_where_its_stores_are(built: Installation, made: Path):
    asked = (
        "from lectern.settings import load_settings; s = load_settings();"
        "print(s.engine, *s.opensearch_urls, s.opensearch_replicas, s.database_url,"
        " s.database_password.get_secret_value())"
    )
    one = built.with_variables(**_variables("scale", made))
    told = one.compose(
        *("--profile", "tools", "run", "--rm", "-T", "--entrypoint", "python", "lectern", "-c", asked)
    ).splitlines()[-1]  # before it may be the names of networks that were made
    password = (made / "lectern-database").read_text().strip()
    assert told.split() == [
        "opensearch",
        "http://opensearch:9200",
        "0",
        "postgresql://lectern@postgres/lectern",
        password,
    ]


def test_keycloak_starts_with_a_realm_that_has_our_client_and_its_secret(
    built: Installation, made: Path, tmp_path: Path
):
    tmp_path.chmod(0o755)
    (tmp_path / "bin").mkdir()
    (tmp_path / "data").mkdir(mode=0o777)
    (tmp_path / "data").chmod(0o777)
    program = tmp_path / "bin/kc.sh"
    program.write_text('#!/bin/bash\necho "$@" "$KC_BOOTSTRAP_ADMIN_USERNAME" ${#KC_BOOTSTRAP_ADMIN_PASSWORD}\n')
    program.chmod(0o755)
    mounts = [
        f"{ROOT}/deploy/compose/keycloak:/etc/lectern/keycloak:ro",
        f"{made}/keycloak-client:/run/secrets/keycloak-client:ro",
        f"{made}/keycloak-admin:/run/secrets/keycloak-admin:ro",
        f"{tmp_path}:/opt/keycloak",
    ]
    told = built.engine(
        *("run", "--rm", "--user", "1000", "--entrypoint", "bash"),
        *("--env", "LECTERN_PUBLIC_URL=https://books.example.org"),
        *(part for mount in mounts for part in ("--volume", mount)),
        *(built.image, "/etc/lectern/keycloak/start"),
    )
    assert told.split() == ["start", "--import-realm", "admin", "64"]
    (file,) = (tmp_path / "data/import").iterdir()
    (client,) = json.loads(file.read_text())["clients"]
    assert client["secret"] == (made / "keycloak-client").read_text().strip()
    assert client["redirectUris"] == ["https://books.example.org/auth/callback/sso"]
    assert "@" not in file.read_text()
