"""Requests, and what the metrics say after them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2

    from app.server.metrics import Metrics

Samples = dict[str, float]


@dataclass(frozen=True)
class Request:
    """One request; the body is JSON unless it is bytes."""

    path: str = "/validate"
    body: object = b""
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})


Send = Callable[[Iterable[Request]], "list[httpx2.Response]"]
Review = dict[str, dict[str, object]]
ReadExample = Callable[[str], Review]


def samples_of(metrics: Metrics) -> Samples:
    """Return each series, spelt as in the text format, with its value."""
    return {
        sample.name + "".join(f",{key}={value}" for key, value in sorted(sample.labels.items())): (
            sample.value
        )
        for metric in metrics.registry.collect()
        for sample in metric.samples
        if not sample.name.endswith("_created")
    }


def risen(before: Samples, after: Samples) -> Samples:
    """Return what `leasegate_` series have risen by; sums of seconds and buckets left out."""
    return {
        name.removeprefix("leasegate_"): value - before.get(name, 0)
        for name, value in after.items()
        if name.startswith("leasegate_")
        and value != before.get(name, 0)
        and "_bucket" not in name
        and "_sum" not in name
    }
