"""What is read from kube-apiserver's own metrics."""

from __future__ import annotations

import pytest

from bench.apiserver import NOTHING, POLICIES, WEBHOOKS, Block, Total, table, totals

REQUEST = "apiserver_request_duration_seconds"
CONTROLLER = "apiserver_admission_controller_admission_duration_seconds"
EXPOSITION = f"""\
# TYPE {REQUEST} histogram
{REQUEST}_bucket{{resource="leasecandidates",verb="PUT",le="+Inf"}} 4
{REQUEST}_sum{{resource="leasecandidates",verb="PUT",version="v1beta1"}} 0.5
{REQUEST}_count{{resource="leasecandidates",verb="PUT",version="v1beta1"}} 3
{REQUEST}_sum{{resource="leasecandidates",verb="PUT",version="v1alpha2"}} 0.5
{REQUEST}_count{{resource="leasecandidates",verb="PUT",version="v1alpha2"}} 1
{REQUEST}_sum{{resource="leasecandidates",verb="GET",version="v1beta1"}} 9
{REQUEST}_count{{resource="leasecandidates",verb="GET",version="v1beta1"}} 9
# TYPE apiserver_admission_webhook_admission_duration_seconds histogram
apiserver_admission_webhook_admission_duration_seconds_sum{{name="validate.leasegate.dev"}} 0.2
apiserver_admission_webhook_admission_duration_seconds_count{{name="validate.leasegate.dev"}} 2
apiserver_admission_webhook_admission_duration_seconds_sum{{name="other.example.com"}} 7
apiserver_admission_webhook_admission_duration_seconds_count{{name="other.example.com"}} 7
# TYPE {CONTROLLER} histogram
{CONTROLLER}_sum{{name="ValidatingAdmissionPolicy",operation="UPDATE"}} 0.3
{CONTROLLER}_count{{name="ValidatingAdmissionPolicy",operation="UPDATE"}} 3
{CONTROLLER}_sum{{name="LimitRanger",operation="UPDATE"}} 5
{CONTROLLER}_count{{name="LimitRanger",operation="UPDATE"}} 5
"""


def test_updates_of_candidates_and_what_is_ours_are_counted_over_all_other_labels() -> None:
    assert totals(EXPOSITION) == {
        "request": Total(4, 1.0),
        "validate.leasegate.dev": Total(2, 0.2),
        "plugin ValidatingAdmissionPolicy": Total(3, 0.3),
    }


def test_a_mean_of_nothing_is_nothing() -> None:
    assert Total().mean == 0
    assert Total(4, 1.0).mean == pytest.approx(0.25)


def test_the_table_compares_with_the_namespace_where_nothing_is_in_force() -> None:
    blocks = [
        Block(NOTHING, {"request": Total(1, 0.001)}, (0.001,)),
        Block(POLICIES, {"request": Total(1, 0.002)}, (0.002,)),
        Block(WEBHOOKS, {"request": Total(1, 0.003), "x": Total(2, 0.002)}, (0.003, 0.004)),
    ]
    rows = table(blocks)
    assert "| webhooks | 3.00 ms | +2.00 ms | 4.00 ms | 4.00 ms |" in rows
    assert "| x | 0.000 ms | 0.000 ms | 1.000 ms |" in rows
