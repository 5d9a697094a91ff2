"""Metrics that show a state rather than count answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import app
from app.pki.serving_certificate import ServingCertificate
from tests.pki.mounted_secret import Issuer
from tests.server.metrics.requests import samples_of

if TYPE_CHECKING:
    from app.server.metrics import Metrics


def test_certificate_dates_are_shown_as_unix_time_once_they_are_known(metrics: Metrics) -> None:
    name = "leasegate_certificate_not_after_seconds,certificate="
    assert not [series for series in samples_of(metrics) if series.startswith(name)]
    metrics.certificates.serving(
        datetime(2025, 12, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    )
    metrics.certificates.authority(datetime(2036, 1, 1, tzinfo=UTC))
    after = samples_of(metrics)
    assert after[name + "serving"] == 1767225600
    assert after["leasegate_leaf_lifetime_seconds"] == 30 * 86_400
    assert after[name + "ca"] == 2082758400


def test_the_end_of_the_ca_is_shown_with_the_certificate_that_it_issued(metrics: Metrics) -> None:
    serving = ServingCertificate(metrics.certificates)
    serving.serve(Issuer.make().issue(), datetime(2036, 1, 1, tzinfo=UTC))
    name = "leasegate_certificate_not_after_seconds,certificate="
    assert samples_of(metrics)[name + "ca"] == 2082758400


def test_what_verifies_the_certificate_is_shown_while_it_is_known(metrics: Metrics) -> None:
    def shown() -> dict[str, float]:
        name = "leasegate_ca_bundle_verifies,webhook="
        return {
            series.removeprefix(name): value
            for series, value in samples_of(metrics).items()
            if series.startswith(name)
        }

    assert shown() == {}
    metrics.certificates.bundles({"validate.leasegate.dev": True, "mutate.leasegate.dev": False})
    assert shown() == {"validate": 1, "mutate": 0}
    metrics.certificates.bundles({})
    assert shown() == {}


def test_the_source_of_the_certificate_is_shown(metrics: Metrics) -> None:
    metrics.certificates.come_from("self")
    assert samples_of(metrics)["leasegate_certificates_info,mode=self"] == 1


def test_a_failed_reload_shows_until_one_succeeds(metrics: Metrics) -> None:
    def in_force() -> tuple[float, float]:
        after = samples_of(metrics)
        name = "leasegate_last_reload_successful,what="
        return after[name + "rules"], after[name + "certificates"]

    assert in_force() == (1, 1)
    metrics.reloads.reloaded("rules", "failure")
    assert in_force() == (0, 1)
    metrics.reloads.reloaded("rules", "success")
    assert in_force() == (1, 1)
    after = samples_of(metrics)
    assert after["leasegate_reloads_total,result=failure,what=rules"] == 1
    assert after["leasegate_reloads_total,result=success,what=rules"] == 1


def test_only_the_digest_in_force_is_shown(metrics: Metrics) -> None:
    def digests() -> list[str]:
        name = "leasegate_configuration_info,sha256="
        return [
            series.removeprefix(name) for series in samples_of(metrics) if series.startswith(name)
        ]

    metrics.reloads.configured("")
    assert digests() == ["none"]
    metrics.reloads.configured("ab12")
    assert digests() == ["ab12"]


def test_load_is_asked_for_at_each_scrape(metrics: Metrics) -> None:
    in_flight = [1, 2, 3]
    metrics.load.watch_in_flight(lambda: len(in_flight))
    metrics.load.watch_ready(lambda: len(in_flight) > 2)
    before = samples_of(metrics)
    in_flight.pop()
    after = samples_of(metrics)
    names = ("leasegate_reviews_in_flight", "leasegate_ready")
    assert [before[name] for name in names] == [3, 1]
    assert [after[name] for name in names] == [2, 0]


def test_version_and_process_are_shown(metrics: Metrics) -> None:
    after = samples_of(metrics)
    assert after[f"leasegate_build_info,version={app.__version__}"] == 1
    assert after["process_resident_memory_bytes"] > 0
    assert [series for series in after if series.startswith("python_info,")]


def test_what_others_count_is_shown(metrics: Metrics) -> None:
    dropped = {"limit": 1, "handshake": 2}
    metrics.load.watch_connections(lambda: 5, lambda: dropped)
    metrics.load.watch_dropped_records(lambda: 7)
    dropped["limit"] = 3
    after = samples_of(metrics)
    assert after["leasegate_connections"] == 5
    assert after["leasegate_connections_dropped_total,reason=limit"] == 3
    assert after["leasegate_connections_dropped_total,reason=handshake"] == 2
    assert after["leasegate_log_records_dropped_total"] == 7
