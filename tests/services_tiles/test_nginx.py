"""A copy behind a real nginx, with the lines that docs/static.md has for it."""

import json
import re
import urllib.request
from pathlib import Path

from tests.conftest import ROOT
from tests.servers import free_port
from tests.services_nginx.gateway import nginx
from tests.services_tiles.conftest import Desk

_TYPES = "types { application/json json; image/jpeg jpg; }"


def test_every_file_of_a_copy_is_served_and_open_to_viewers_elsewhere(desk: Desk, tmp_path: Path):
    port = free_port()
    base = f"http://127.0.0.1:{port}/copies/mixed"
    site = tmp_path / "www"
    assert desk.run("mixed", str(site / "copies" / "mixed"), "--base", base).exit_code == 0
    found = re.search(r"```nginx\n(.*?)```", (ROOT / "docs" / "static.md").read_text(), re.DOTALL)
    assert found
    location = found[1].replace("/srv/www", str(site))
    server = f"server {{ listen 8080; access_log /var/log/nginx/access.log; {_TYPES} {location} }}"
    folder = tmp_path / "nginx"
    folder.mkdir()
    for path in (tmp_path, site):
        path.chmod(0o755)
    with nginx(folder, port, "", server=server):
        files = [path.relative_to(site) for path in site.rglob("*") if path.is_file()]
        assert len(files) > 20
        for path in files:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10) as answer:
                data, told = answer.read(), answer.headers
            assert data == (site / path).read_bytes()
            assert told["Access-Control-Allow-Origin"] == "*"
            assert told["Content-Type"] == ("application/json" if path.suffix == ".json" else "image/jpeg")
        manifest = json.loads((site / "copies/mixed/manifest.json").read_bytes())
        assert manifest["id"] == f"{base}/manifest.json"
