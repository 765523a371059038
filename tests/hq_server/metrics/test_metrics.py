"""Figures for Prometheus: who may read them, how they are called."""

from starlette.testclient import TestClient

from hq_server.app import create_app
from hq_server.metrics.table import COUNTER, METRICS, READ


def test_who_may_read(hq):
    here = TestClient(create_app(hq), base_url="http://localhost", client=("127.0.0.1", 5000))
    away = TestClient(create_app(hq), base_url="http://localhost", client=("192.0.2.7", 5000))
    assert here.get("/metrics").status_code == 200
    assert away.get("/metrics").status_code == 403
    assert here.get("/metrics", headers={"x-forwarded-for": "192.0.2.7"}).status_code == 403, "a proxy's guest"
    object.__setattr__(hq.config, "metrics_token", "open sesame")
    assert here.get("/metrics").status_code == 403
    assert away.get("/metrics", headers={"authorization": "Bearer open sesame"}).status_code == 200
    assert away.get("/metrics", headers={"authorization": "Bearer openness"}).status_code == 403


def test_names_follow_the_conventions():
    for metric in METRICS.values():
        assert (metric.type == COUNTER) == metric.name.endswith("_total"), metric.name
        assert metric.meaning.endswith(".") and not metric.name.endswith(("_ms", "_minutes", "_percent"))
    assert len({metric.name for metric in READ}) == len(READ)


def test_every_row_of_the_table_is_told_once(traded_hq):
    page = TestClient(create_app(traded_hq), base_url="http://localhost", client=("127.0.0.1", 1)).get("/metrics").text
    kinds = [line.split()[2] for line in page.splitlines() if line.startswith("# TYPE")]
    assert len(kinds) == len(set(kinds))
    assert {metric.name for metric in READ} <= set(kinds) | {kind + "_total" for kind in kinds}
