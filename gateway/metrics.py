"""Figures of a store for Prometheus, from its database alone, as the status page has them."""

import hmac
import sqlite3
import time
from collections.abc import Iterator
from typing import NamedTuple

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector

from gateway import health
from gateway.store import db as database

GAUGE, COUNTER = "gauge", "counter"
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")  # a proxy on this machine speaks for somebody elsewhere
HERE = ("127.0.0.1", "::1")


class Metric(NamedTuple):
    """One row of the table: name, type, labels, meaning."""

    name: str
    type: str
    labels: tuple[str, ...]
    meaning: str


METRICS = (
    Metric("tapwell_gateway_info", GAUGE, ("store", "version", "incarnation"), "1, with who this gateway is."),
    Metric("tapwell_gateway_hq_up", GAUGE, (), "Whether head office answered last."),
    Metric("tapwell_gateway_selling", GAUGE, (), "Whether the store sells: not fenced, its disk takes writes."),
    Metric("tapwell_gateway_events_total", COUNTER, (), "Events written in this life."),
    Metric("tapwell_gateway_booked_events_total", COUNTER, (), "Of these, those that head office has booked."),
    Metric("tapwell_gateway_receipts_total", COUNTER, (), "Receipts of the store."),
    Metric("tapwell_gateway_turned_away_total", COUNTER, ("reason",), "Input turned away before it was a request."),
    Metric("tapwell_gateway_disk_free_bytes", GAUGE, (), "Room on the disk of the database."),
    Metric("tapwell_gateway_alarms", GAUGE, ("kind",), "What head office is told as an alarm."),
    Metric("tapwell_gateway_issuing_right", GAUGE, ("right",), "What the store may still credit by itself, by right."),
    Metric("tapwell_gateway_terminal_online", GAUGE, ("terminal", "app"), "Whether the terminal was heard of late."),
    Metric("tapwell_gateway_terminal_seen_age_seconds", GAUGE, ("terminal",), "Since the terminal was heard."),
    Metric("tapwell_gateway_terminal_heap_free_bytes", GAUGE, ("terminal",), "Its free memory after its start."),
    Metric("tapwell_gateway_terminal_unanswered_requests", GAUGE, ("terminal",), "In its journal, at its last hello."),
)

Rows = list[tuple[tuple[str, ...], float]]


def allowed(token: str, headers, client: str) -> bool:
    """With a token its bearer; without one, whoever asks from this machine and for nobody else."""
    if token:
        return hmac.compare_digest((headers.get("Authorization") or "").encode(), b"Bearer " + token.encode())
    return client in HERE and not any(headers.get(name) for name in FORWARDED)


def page(db: sqlite3.Connection, hq_up: bool, closed: str) -> bytes:
    """All metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Read(rows(health.report(db, closed), database.free_bytes(db), hq_up, closed, int(time.time()))))
    return generate_latest(registry)


class _Read(Collector):
    def __init__(self, found: dict[str, Rows]):
        self._found = found

    def collect(self) -> Iterator[Family]:
        for metric in METRICS:
            kind = CounterMetricFamily if metric.type == COUNTER else GaugeMetricFamily
            family = kind(metric.name, metric.meaning, labels=metric.labels)
            for labels, number in self._found[metric.name]:
                family.add_metric(labels, number)
            yield family


def rows(told: dict, free_bytes: int, hq_up: bool, closed: str, now_s: int) -> dict[str, Rows]:
    """Metric -> its rows, from a status report."""
    kinds = [alarm["kind"] for alarm in told["alarms"]]
    return _terminals(told["terminals"], now_s) | {
        "tapwell_gateway_info": [((told["store"], told["version"], told["incarnation"]), 1)],
        "tapwell_gateway_hq_up": [((), hq_up)],
        "tapwell_gateway_selling": [((), not closed and "fenced" not in kinds)],
        "tapwell_gateway_events_total": [((), told["head_seq"])],
        "tapwell_gateway_booked_events_total": [((), told["booked_seq"])],
        "tapwell_gateway_receipts_total": [((), told["receipts"])],
        "tapwell_gateway_turned_away_total": _by_reason(told["turned_away"]),
        "tapwell_gateway_disk_free_bytes": [((), free_bytes)] if free_bytes >= 0 else [],
        "tapwell_gateway_alarms": [((kind,), kinds.count(kind)) for kind in sorted(set(kinds))],
        "tapwell_gateway_issuing_right": [((name,), amount) for name, amount in told["rights"].items()],
    }


def _by_reason(turned_away: list[dict]) -> Rows:
    counts: dict[str, int] = {}
    for one in turned_away:
        counts[one["reason"]] = counts.get(one["reason"], 0) + one["count"]
    return [((reason,), count) for reason, count in sorted(counts.items())]


def _terminals(terminals: list[dict], now_s: int) -> dict[str, Rows]:
    heard = [one for one in terminals if one["last_seen_s"]]
    return {
        "tapwell_gateway_terminal_online": [((one["terminal"], one["app"]), one["online"]) for one in terminals],
        "tapwell_gateway_terminal_seen_age_seconds": [
            ((one["terminal"],), max(0, now_s - one["last_seen_s"])) for one in heard
        ],
        "tapwell_gateway_terminal_heap_free_bytes": [((one["terminal"],), one["free_heap"] or 0) for one in heard],
        "tapwell_gateway_terminal_unanswered_requests": [((one["terminal"],), one["unanswered"]) for one in heard],
    }
