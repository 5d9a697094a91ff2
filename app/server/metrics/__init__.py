"""What the server shows of itself to Prometheus: one class a subject, one registry for a process.

Labels have values from closed sets only. What a client chooses (namespace, name, user, its own
spelling of an operation) never becomes one: each new value would be a series for ever.
"""

from app.server.metrics.collection import Metrics, create_metrics
from app.server.metrics.exposition import metrics_route

__all__ = ["Metrics", "create_metrics", "metrics_route"]
