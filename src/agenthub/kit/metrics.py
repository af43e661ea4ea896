"""Numbers for Prometheus, in a registry of the service's own."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Requests by route and status, and how long they took."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("service", "method", "route", "status")
        self._requests = Counter("agenthub_requests", "Requests answered", labels, registry=self.registry)
        self._seconds = Histogram(
            "agenthub_request_seconds", "Time to answer", labels[:3], registry=self.registry, buckets=_BUCKETS
        )

    def observe(self, *, service: str, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(service, method, route, str(status)).inc()
        self._seconds.labels(service, method, route).observe(seconds)

    def text(self) -> str:
        """The exposition format 0.0.4."""
        return generate_latest(self.registry).decode()
