"""What is read at each scrape: rows of labels and a number, by the metric's name."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection

from hq_server.alarms import store as alarms
from hq_server.alarms.facts import Facts, gather
from hq_server.alarms.kinds import kind_of
from hq_server.bootstrap import Hq
from hq_server.fleet import store as fleet
from hq_server.fleet.rules import gateway_state
from hq_server.metrics.table import COUNTER, READ
from hq_server.releases import rules as rollouts
from hq_server.releases import store as releases
from hq_server.releases.telling import rollout_told

Rows = list[tuple[tuple[str, ...], float]]
OVER = (rollouts.ROLLED_BACK, rollouts.REPLACED)


def page(hq: Hq) -> bytes:
    """All metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Read(hq))
    return generate_latest(hq.meters.registry) + generate_latest(registry)


class _Read(Collector):
    def __init__(self, hq: Hq):
        self._hq = hq

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        with self._hq.db.read() as connection:
            found = rows(connection, gather(connection, self._hq.now_s()))
        for metric in READ:
            kind = CounterMetricFamily if metric.type == COUNTER else GaugeMetricFamily
            family = kind(metric.name, metric.meaning, labels=metric.labels)
            for labels, number in found[metric.name]:
                family.add_metric(labels, number)
            yield family


def rows(connection: Connection, facts: Facts) -> dict[str, Rows]:
    """Metric -> its rows."""
    return _stores(connection, facts) | _terminals(connection, facts) | _alarms(connection, facts) | {
        "tapwell_rollout_terminals": _rollouts(connection, facts.now_s),
        "tapwell_backup_age_seconds": [((), facts.now_s - facts.backup_at_s)],
    }  # fmt: skip


def _stores(connection: Connection, facts: Facts) -> dict[str, Rows]:
    heard = [row for row in facts.stores if row.status == "enrolled" and row.heartbeat_at_s]
    booked = fleet.booked_by_store(connection)

    def each(number: Callable) -> Rows:
        return [((row.code,), number(row)) for row in heard]

    return {
        "tapwell_store_info": [((row.code, row.name, row.version or ""), 1) for row in facts.stores],
        "tapwell_store_up": each(lambda row: gateway_state(row.status, row.heartbeat_at_s, facts.now_s) == "up"),
        "tapwell_store_heartbeat_age_seconds": each(lambda row: facts.now_s - row.heartbeat_at_s),
        "tapwell_store_unbooked_events": each(lambda row: max(0, row.head_seq - (row.cursor_seq or 0))),
        "tapwell_store_booked_events_total": [((code,), events) for code, events in booked.items()],
        "tapwell_store_waiting_messages": [((code,), count) for code, count in facts.waiting.items()],
        "tapwell_store_clock_offset_seconds": each(lambda row: row.clock_ahead_s),
        "tapwell_store_coverage_ratio": [
            ((code,), paid / (paid + lacked)) for code, (paid, lacked) in facts.coverage.items() if paid + lacked
        ],
    }


def _terminals(connection: Connection, facts: Facts) -> dict[str, Rows]:
    active = [row for row in facts.terminals if row.status == "active"]
    states = {(row.store, state): 0 for row in active for state in ("online", "offline")}
    for row in active:
        states[row.store, "online" if row.online else "offline"] += 1
    return {
        "tapwell_store_terminals": list(states.items()),
        "tapwell_terminal_online": [((row.terminal, row.app), bool(row.online)) for row in active],
        "tapwell_terminal_heap_free_bytes": [((row.terminal,), row.heap_free) for row in active if row.heap_free],
        "tapwell_terminal_release": [((row.terminal,), row.number) for row in releases.all_running(connection)],
    }


def _alarms(connection: Connection, facts: Facts) -> dict[str, Rows]:
    counts: dict[tuple[str, str], int] = {}
    for row in alarms.open_alarms(connection):
        kind = kind_of(row.kind)
        counts[kind.key, kind.severity] = counts.get((kind.key, kind.severity), 0) + 1
    waiting: Rows = [((row.channel,), alarms.steps_waiting(connection, row.sent_step)) for row in facts.channels]
    tries: Rows = [((row.channel,), row.tries) for row in facts.channels]
    return {
        "tapwell_alarms_open": [(labels, float(count)) for labels, count in counts.items()],
        "tapwell_alarm_messages_waiting": waiting,
        "tapwell_alarm_failed_tries": tries,
    }


def _rollouts(connection: Connection, now_s: int) -> Rows:
    found: Rows = []
    for row in releases.rollouts(connection):
        if row.status not in OVER:
            counts = rollout_told(connection, row, now_s)["counts"]
            found += [((str(row.id), row.release, state), count) for state, count in counts.items()]
    return found
