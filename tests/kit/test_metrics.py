"""Prometheus reads what was counted."""

from prometheus_client.parser import text_string_to_metric_families

from agenthub.kit.metrics import Metrics


def test_requests_are_counted_by_route_and_status_and_timed() -> None:
    metrics = Metrics()
    for status, seconds in [(200, 0.02), (200, 0.2), (503, 3.0)]:
        metrics.observe(service="usage", method="GET", route="/api/usage", status=status, seconds=seconds)
    samples = {
        (sample.name, sample.labels.get("status"), sample.labels.get("le")): sample.value
        for family in text_string_to_metric_families(metrics.text())
        for sample in family.samples
    }
    assert samples["agenthub_requests_total", "200", None] == 2
    assert samples["agenthub_requests_total", "503", None] == 1
    assert samples["agenthub_request_seconds_bucket", None, "0.25"] == 2
    assert samples["agenthub_request_seconds_sum", None, None] == 3.22


def test_two_services_in_one_process_do_not_share_a_registry() -> None:
    one, two = Metrics(), Metrics()
    one.observe(service="usage", method="GET", route="/", status=200, seconds=0.1)
    assert "usage" not in two.text()
