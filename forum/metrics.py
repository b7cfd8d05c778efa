"""Numbers for Prometheus: of requests from every worker of this web process, of the site from its rows.

Several workers serve one port, so each keeps its counts in a file of `$PROMETHEUS_MULTIPROC_DIR` and whichever is
asked adds them up; without that folder a worker answers for itself. Everything else (how late, how many) is asked of
the database at that moment, which is the same for all. Labels are endpoints, methods and statuses: no address, no
path, no id, no word.
"""

import os
import time

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from forum.home.queries import Fitness

REQUESTS = Counter("forum_requests", "Requests answered", ["method", "endpoint", "status"])
SECONDS = Histogram(
    "forum_request_seconds",
    "How long an answer took",
    ["endpoint"],
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)


def init(app: Flask) -> None:
    """Count every request, and how long it took."""

    @app.before_request
    def begin() -> None:
        g.counted_from = time.monotonic()

    @app.after_request
    def count(response: Response) -> Response:
        endpoint = request.endpoint or "nowhere"
        method = request.method if request.method in ("GET", "HEAD", "POST", "OPTIONS") else "other"
        REQUESTS.labels(method, endpoint, response.status_code).inc()
        SECONDS.labels(endpoint).observe(time.monotonic() - g.get("counted_from", time.monotonic()))
        return response


def page(fitness: Fitness) -> Response:
    """Everything that is counted, as Prometheus reads it."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REQUESTS)
        registry.register(SECONDS)
    up = Gauge("forum_up", "Whether this part answers", ["part"], registry=registry)
    up.labels("database").set(fitness.database)
    up.labels("broker").set(fitness.broker)
    for name, (says, value) in fitness.numbers().items():
        Gauge(f"forum_{name}", says, registry=registry).set(value)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
