"""Numbers for Prometheus: requests by route template, and the lengths of the queues. No personal data, no paths as sent.

Under gunicorn the counts of all processes meet in ``PROMETHEUS_MULTIPROC_DIR``, which must be named before this module is
first imported; in one process they are kept in memory.
"""

import os
from collections.abc import Iterator

import flask
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from fieldsvc.kit import clock
from fieldsvc.kit.site import Site

from . import queries
from .logs import elapsed, method, route

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
OWN = CollectorRegistry()
REQUESTS = Counter("fieldsvc_requests", "Requests answered", ["method", "route", "status"], registry=OWN)
SECONDS = Histogram("fieldsvc_request_seconds", "Time to answer", ["method", "route"], buckets=BUCKETS, registry=OWN)


def register(app: flask.Flask) -> None:
    app.after_request(_count)


def _count(response: flask.Response) -> flask.Response:
    REQUESTS.labels(method(), route(), str(response.status_code)).inc()
    SECONDS.labels(method(), route()).observe(elapsed())
    return response


class Backlog(Collector):
    """What waits, read from the tables at the moment of asking."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def collect(self) -> Iterator[GaugeMetricFamily]:
        county = self.site.county
        with self.site.db.read() as session:
            yield _gauge("dirty_households", "Households marked for screening", queries.dirty(session, county))
            yield _gauge("outbox", "Deliveries owed to departments", queries.outbox(session, county))
            yield _gauge("quarantine", "Records kept but not applied", queries.quarantine(session, county))
            oldest = queries.oldest_dirty_seconds(session, county, clock.now())
        yield GaugeMetricFamily("fieldsvc_dirty_oldest_seconds", "Age of the oldest mark", oldest)


def _gauge(name: str, text: str, counts: dict[str, int]) -> GaugeMetricFamily:
    made = GaugeMetricFamily(f"fieldsvc_{name}", text, labels=["state"])
    for state, count in counts.items():
        made.add_metric([state], count)
    return made


def exposition(site: Site) -> bytes:
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)
    else:
        registry.register(_InMemory())
    registry.register(Backlog(site))
    return generate_latest(registry)


class _InMemory(Collector):
    def collect(self) -> Iterator[object]:  # type: ignore[override]
        return iter(list(OWN.collect()))
