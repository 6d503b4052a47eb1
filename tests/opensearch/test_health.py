"""What `lectern check` and `/readyz` tell of a cluster."""

import json
from pathlib import Path

import pytest
from opensearchpy import OpenSearch

from lectern.errors import StoreUnavailable
from lectern.settings import Settings
from search.cluster import schema
from search.cluster.client import connect
from search.cluster.health import health_of, require_ready
from services.app import create_app
from services.checking import findings
from services.context import Context
from tests.servers import free_port


@pytest.fixture
def settings(tmp_path: Path, opensearch: list[str], names: schema.Names) -> Settings:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return Settings(home=home, engine="opensearch", opensearch_urls=opensearch, opensearch_index=names.prefix)


def _in_toml(settings: Settings) -> Path:
    urls = ", ".join(f'"{url}"' for url in settings.opensearch_urls)
    lines = [
        'engine = "opensearch"',
        f"opensearch_urls = [{urls}]",
        f'opensearch_index = "{settings.opensearch_index}"',
    ]
    settings.files.settings_file.write_text("\n".join(lines))
    return settings.home


def _told(settings: Settings) -> list[str]:
    return [f"{found.level}: {found.detail}" for found in findings(_in_toml(settings))]


def test_an_index_that_is_whole_is_ready(cluster_client: OpenSearch, names):
    schema.ensure_index(cluster_client, names, 2, 0)
    require_ready(cluster_client, names, needed=True)
    found = health_of(cluster_client, names)
    assert (found.status, found.indexes, found.coming, found.left_over) == ("green", (names.first,), (), ())
    assert not found.is_of_another_release


def test_no_index_is_told_where_there_are_objects_only(cluster_client: OpenSearch, names):
    require_ready(cluster_client, names, needed=False)
    with pytest.raises(StoreUnavailable, match="has no index"):
        require_ready(cluster_client, names, needed=True)


def test_an_index_of_another_release_is_told(cluster_client: OpenSearch, names, monkeypatch):
    schema.ensure_index(cluster_client, names, 1, 0)
    monkeypatch.setattr("search.cluster.health.VERSION", schema.VERSION + 1)
    with pytest.raises(StoreUnavailable, match="made by another release"):
        require_ready(cluster_client, names, needed=True)


def test_an_index_without_its_shards_is_told(cluster_client: OpenSearch, names):
    content = schema.body(1, 0) | {"aliases": {names.pages: {"is_write_index": True}}}
    content["settings"]["index"]["routing.allocation.require._name"] = "no-such-node"
    cluster_client.indices.create(index=names.first, body=content, params={"wait_for_active_shards": "0"})
    with pytest.raises(StoreUnavailable, match="lacks shards"):
        require_ready(cluster_client, names, needed=True)


def test_check_tells_of_copies_that_are_missing_and_of_indexes_that_nobody_uses(settings, cluster_client, names):
    assert _told(settings) == []
    schema.ensure_index(cluster_client, names, 1, 0)
    assert _told(settings) == ["warning: The index of pages has no copy: a lost node takes words with it."]
    coming = schema.begin_coming(cluster_client, names, 1, 1)
    assert f"warning: An index is being made anew, or its rebuild was ended: {coming}." in _told(settings)
    schema.switch(cluster_client, names, coming)
    told = _told(settings)
    assert f"warning: Indexes that nobody uses: {names.first}." in told
    assert any("has not made all copies" in line for line in told)


def test_check_tells_of_a_cluster_that_does_not_answer(settings):
    lost = settings.model_copy(update={"opensearch_urls": [f"http://127.0.0.1:{free_port()}"]})
    assert [line for line in _told(lost) if line.startswith("error")] == [
        "error: The cluster cannot be had just now: no node of the cluster answers."
    ]


def test_readiness_names_the_index(settings, cluster_client, names):
    ready = create_app(Context(settings)).test_client().get("/readyz").get_json()
    assert ready["checks"]["index"] == "ok"
    lost = settings.model_copy(update={"opensearch_urls": [f"http://127.0.0.1:{free_port()}"]})
    answer = create_app(Context(lost)).test_client().get("/readyz")
    assert answer.status_code == 503
    assert "no node of the cluster answers" in json.dumps(answer.get_json()["checks"])


def test_metrics_tell_how_the_cluster_is(settings, cluster_client, names):
    schema.ensure_index(cluster_client, names, 1, 0)
    told = create_app(Context(settings)).test_client().get("/metrics").get_data(as_text=True)
    for line in (
        'lectern_cluster_status{status="green"} 1.0',
        'lectern_cluster_status{status="red"} 0.0',
        "lectern_cluster_nodes 1.0",
        'lectern_up{store="cluster"} 1.0',
    ):
        assert line in told.splitlines()
    lost = settings.model_copy(update={"opensearch_urls": [f"http://127.0.0.1:{free_port()}"]})
    told = create_app(Context(lost)).test_client().get("/metrics").get_data(as_text=True)
    assert 'lectern_up{store="cluster"} 0.0' in told
    assert 'lectern_up{store="catalogue"} 1.0' in told
    assert 'lectern_cluster_requests_total{result="no node"}' in told


def test_the_cluster_is_told_which_request_it_is_asked_for(settings):
    """Its own list of tasks names the one that asks for the list."""
    app = create_app(Context(settings))
    seen: list[str] = []

    def here() -> str:
        asked = connect(settings).tasks.list(params={"detailed": "true"})
        tasks = [task for node in asked["nodes"].values() for task in node["tasks"].values()]
        seen.extend(task["headers"].get("X-Opaque-Id", "") for task in tasks)
        return "here"

    app.add_url_rule("/here", view_func=here)
    answer = app.test_client().get("/here")
    assert answer.headers["X-Request-Id"] in seen


@pytest.mark.parametrize("service", ["search", "auth", "image", "presentation", "portal"])
def test_only_services_that_need_words_are_unready_without_the_cluster(settings, service):
    lost = settings.model_copy(update={"opensearch_urls": [f"http://127.0.0.1:{free_port()}"]})
    answer = create_app(Context(lost), [service]).test_client().get("/readyz")
    assert answer.status_code == (200 if service in {"auth", "image"} else 503)
