"""The Grafana board, written from a table of panels over the metrics of head office and gateways; and their list.

    python -m tools.grafana            writes docs/grafana/tapwell.json and docs/metrics.md anew
"""

import json
import re
from pathlib import Path
from typing import NamedTuple

from gateway.metrics import METRICS as OF_GATEWAYS
from hq_server.metrics.table import METRICS as OF_HQ

DOCS = Path(__file__).resolve().parent.parent / "docs"
BOARD, LIST = DOCS / "grafana" / "tapwell.json", DOCS / "metrics.md"
SOURCE = {"type": "prometheus", "uid": "${source}"}
METRIC = re.compile(r"\btapwell_[a-z_]+")
SUFFIXES = ("_bucket", "_sum", "_count")
COLUMNS, HEIGHT = 24, 7


class Panel(NamedTuple):
    """A figure or a graph: title, kind (stat, timeseries, table), expressions with their legends, unit, width."""

    title: str
    kind: str
    asked: tuple[tuple[str, str], ...]
    unit: str = "short"
    width: int = 8


S = '{store=~"$store"}'
ROWS: tuple[tuple[str, tuple[Panel, ...]], ...] = (
    ("The chain", (
        Panel("Stores up", "stat", (("sum(tapwell_store_up%s)" % S, "up"),
                                    ("count(tapwell_store_info%s)" % S, "all")), width=4),
        Panel("Alarms by severity", "stat", (("sum by (severity) (tapwell_alarms_open)", "{{severity}}"),), width=6),
        Panel("Last verified backup", "stat", (("tapwell_backup_age_seconds", "age"),), "s", 4),
        Panel("Taps booked", "timeseries",
              (("sum by (store) (rate(tapwell_store_booked_events_total%s[5m]))" % S, "{{store}}"),), "ops", 10),
    )),
    ("Stores", (
        Panel("Heartbeat age", "timeseries", (("tapwell_store_heartbeat_age_seconds" + S, "{{store}}"),), "s"),
        Panel("Events not booked", "timeseries", (("tapwell_store_unbooked_events" + S, "{{store}}"),)),
        Panel("Messages not fetched", "timeseries", (("tapwell_store_waiting_messages" + S, "{{store}}"),)),
        Panel("Clock", "timeseries", (("tapwell_store_clock_offset_seconds" + S, "{{store}}"),), "s"),
        Panel("Float coverage", "timeseries", (("tapwell_store_coverage_ratio" + S, "{{store}}"),), "percentunit"),
        Panel("Terminals", "timeseries", (("tapwell_store_terminals" + S, "{{store}} {{state}}"),)),
    )),
    ("Terminals and updates", (
        Panel("Offline", "table", (("tapwell_terminal_online == 0", ""),)),
        Panel("Free memory", "timeseries", (("tapwell_terminal_heap_free_bytes", "{{terminal}}"),), "bytes"),
        Panel("Release that runs", "timeseries", (("tapwell_terminal_release", "{{terminal}}"),)),
        Panel("Rollouts", "timeseries", (("tapwell_rollout_terminals", "{{release}} {{state}}"),), width=24),
    )),
    ("Alarms", (
        Panel("Open", "table", (("tapwell_alarms_open", ""),), width=12),
        Panel("Waiting to be sent", "timeseries",
              (("tapwell_alarm_messages_waiting", "{{way}}"), ("tapwell_alarm_failed_tries", "{{way}} tries in vain")),
              width=12),
    )),
    ("Head office", (
        Panel("Requests", "timeseries",
              (("sum by (listener, status) (rate(tapwell_hq_requests_total[5m]))", "{{listener}} {{status}}"),), "ops"),
        Panel("Slowest routes, 95 %", "timeseries",
              (("topk(5, histogram_quantile(0.95, sum by (le, route) "
                "(rate(tapwell_hq_request_duration_seconds_bucket[5m]))))", "{{route}}"),), "s", 16),
    )),
    ("Gateways", (
        Panel("Selling", "timeseries", (("tapwell_gateway_selling", "{{instance}}"),)),
        Panel("Line to head office", "timeseries", (("tapwell_gateway_hq_up", "{{instance}}"),)),
        Panel("Events to deliver", "timeseries",
              (("tapwell_gateway_events_total - tapwell_gateway_booked_events_total", "{{instance}}"),)),
        Panel("Receipts", "timeseries", (("rate(tapwell_gateway_receipts_total[5m])", "{{instance}}"),), "ops"),
        Panel("Room on the disk", "timeseries", (("tapwell_gateway_disk_free_bytes", "{{instance}}"),), "bytes"),
        Panel("Turned away", "timeseries",
              (("rate(tapwell_gateway_turned_away_total[5m])", "{{instance}} {{reason}}"),), "ops"),
        Panel("May still credit", "timeseries", (("tapwell_gateway_issuing_right", "{{instance}} {{right}}"),)),
        Panel("Terminals heard", "timeseries",
              (("tapwell_gateway_terminal_seen_age_seconds", "{{terminal}}"),), "s"),
        Panel("Journals: requests without an answer", "timeseries",
              (("tapwell_gateway_terminal_unanswered_requests", "{{terminal}}"),)),
    )),
)  # fmt: skip


def board() -> dict:
    """The whole board as Grafana imports it."""
    panels, y = [], 0
    for title, row in ROWS:
        panels.append({"type": "row", "title": title, "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1}, "panels": []})
        y = _laid(panels, row, y + 1)
    for number, panel in enumerate(panels, start=1):
        panel["id"] = number
    return {
        "title": "Tapwell", "uid": "tapwell", "schemaVersion": 39, "version": 1, "refresh": "30s", "editable": True,
        "tags": ["tapwell"], "time": {"from": "now-6h", "to": "now"}, "panels": panels,
        "templating": {"list": [_source(), _stores()]},
    }  # fmt: skip


def _laid(panels: list[dict], row: tuple[Panel, ...], y: int) -> int:
    """Puts panels side by side, on the next line where they end; the line below the last."""
    x = 0
    for panel in row:
        if x + panel.width > COLUMNS:
            x, y = 0, y + HEIGHT
        panels.append(_panel(panel, x, y))
        x += panel.width
    return y + HEIGHT


def _panel(panel: Panel, x: int, y: int) -> dict:
    targets = [
        {"datasource": SOURCE, "refId": chr(ord("A") + at), "expr": asked, "legendFormat": legend}
        | ({"format": "table", "instant": True} if panel.kind == "table" else {})
        for at, (asked, legend) in enumerate(panel.asked)
    ]
    return {
        "type": panel.kind, "title": panel.title, "datasource": SOURCE, "targets": targets,
        "gridPos": {"x": x, "y": y, "w": panel.width, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []}, "options": {},
    }  # fmt: skip


def _source() -> dict:
    return {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}


def _stores() -> dict:
    asked = "label_values(tapwell_store_info, store)"
    return {
        "name": "store", "type": "query", "datasource": SOURCE, "query": asked, "definition": asked, "label": "Store",
        "multi": True, "includeAll": True, "allValue": ".*", "current": {"text": "All", "value": "$__all"},
        "refresh": 2,
    }  # fmt: skip


def unknown() -> set[str]:
    """Metrics that the board asks for and nobody has."""
    asked = {name for _, row in ROWS for panel in row for text, _ in panel.asked for name in METRIC.findall(text)}
    there = {metric.name for metric in OF_GATEWAYS} | set(OF_HQ)
    there |= {name + suffix for name, metric in OF_HQ.items() if metric.type == "histogram" for suffix in SUFFIXES}
    return asked - there


def text() -> str:
    """The file's text."""
    return json.dumps(board(), indent=1, ensure_ascii=False) + "\n"


LIST_HEAD = """\
# Metrics

Written by `python -m tools.grafana` from [hq_server/metrics/table.py](../hq_server/metrics/table.py) and
[gateway/metrics.py](../gateway/metrics.py); the board over them is [grafana/tapwell.json](grafana/tapwell.json). How to
let Prometheus in: [hq_server/metrics/README.md](../hq_server/metrics/README.md).
"""


def listed() -> str:
    """The list of all metrics as a page."""
    parts = [LIST_HEAD]
    for title, metrics in (("Head office", OF_HQ.values()), ("Each gateway", OF_GATEWAYS)):
        parts.append(f"## {title}\n\n| metric | type | labels | meaning |\n|---|---|---|---|")
        parts += [
            f"| `{metric.name}` | {metric.type} | {', '.join(metric.labels)} | {metric.meaning} |" for metric in metrics
        ]
        parts.append("")
    parts.append("Both also tell `process_*`: memory, processor time, open files, start of the process.")
    return "\n".join(parts) + "\n"


def main() -> None:
    BOARD.parent.mkdir(parents=True, exist_ok=True)
    for path, told in ((BOARD, text()), (LIST, listed())):
        path.write_text(told, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
