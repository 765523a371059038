"""Requests are counted as they come; each process counts its own."""

import time

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

from hq_server.metrics.table import METRICS

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0)
NO_ROUTE = "none"  # a label must not grow with what strangers ask for


class Meters:
    """One registry with the counters of this process."""

    def __init__(self):
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        asked, took = METRICS["tapwell_hq_requests_total"], METRICS["tapwell_hq_request_duration_seconds"]
        self.asked = Counter(asked.name, asked.meaning, asked.labels, registry=self.registry)
        self.took = Histogram(took.name, took.meaning, took.labels, registry=self.registry, buckets=BUCKETS_S)


class Metered:
    """ASGI middleware: counts what passes, by the route's pattern."""

    def __init__(self, app, meters: Meters, listener: str):
        self._app, self._meters, self._listener = app, meters, listener

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_s, status = time.perf_counter(), ["500"]

        async def note(message) -> None:
            if message["type"] == "http.response.start":
                status[0] = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            route = getattr(scope.get("route"), "path", NO_ROUTE)
            self._meters.asked.labels(self._listener, route, status[0]).inc()
            self._meters.took.labels(self._listener, route).observe(time.perf_counter() - began_s)
