"""Every metric of head office: name, type, labels, meaning. Names as Prometheus has them: base units, _total counts.

What is read from the database at each scrape is worked out in collect.py by the same name; requests are counted as they
come (meters.py).
"""

from typing import NamedTuple

GAUGE, COUNTER, HISTOGRAM = "gauge", "counter", "histogram"


class Metric(NamedTuple):
    """One row."""

    name: str
    type: str
    labels: tuple[str, ...]
    meaning: str


READ = (
    Metric("tapwell_store_info", GAUGE, ("store", "name", "version"), "1 for each store with its gateway's version."),
    Metric("tapwell_store_up", GAUGE, ("store",), "Whether the gateway's last heartbeat is less than a minute old."),
    Metric("tapwell_store_heartbeat_age_seconds", GAUGE, ("store",), "Since the gateway's last heartbeat."),
    Metric("tapwell_store_unbooked_events", GAUGE, ("store",), "Events told of by the gateway and not booked."),
    Metric("tapwell_store_booked_events_total", COUNTER, ("store",), "Events booked, over all lives of the gateway."),
    Metric("tapwell_store_waiting_messages", GAUGE, ("store",), "Messages that the gateway has not fetched."),
    Metric("tapwell_store_clock_offset_seconds", GAUGE, ("store",), "The gateway's clock minus head office's."),
    Metric("tapwell_store_terminals", GAUGE, ("store", "state"), "Terminals that are online or offline."),
    Metric("tapwell_store_coverage_ratio", GAUGE, ("store",), "Of a day's card payments, those with enough float."),
    Metric("tapwell_terminal_online", GAUGE, ("terminal", "app"), "Whether its store hears the terminal."),
    Metric("tapwell_terminal_heap_free_bytes", GAUGE, ("terminal",), "Free memory of the terminal after its start."),
    Metric("tapwell_terminal_release", GAUGE, ("terminal",), "Number of the release that runs; 0: by cable."),
    Metric("tapwell_alarms_open", GAUGE, ("kind", "severity"), "Alarms that are not over."),
    Metric("tapwell_alarm_messages_waiting", GAUGE, ("way",), "Beginnings and ends of alarms not sent yet."),
    Metric("tapwell_alarm_failed_tries", GAUGE, ("way",), "Tries in vain since the last that was taken."),
    Metric("tapwell_rollout_terminals", GAUGE, ("rollout", "release", "state"), "Terminals of rollouts not over."),
    Metric("tapwell_backup_age_seconds", GAUGE, (), "Since the last verified backup, or since the chain began."),
)

COUNTED = (
    Metric("tapwell_hq_requests_total", COUNTER, ("listener", "route", "status"), "Requests answered here."),
    Metric("tapwell_hq_request_duration_seconds", HISTOGRAM, ("listener", "route"), "Time to answer a request."),
)

METRICS: dict[str, Metric] = {metric.name: metric for metric in (*READ, *COUNTED)}
