"""The metrics of the server for Prometheus: one class for each subject, one registry for a process.

Labels have values from closed sets only. What a client chooses (namespace, name, user, its own
spelling of an operation) is never a label: each new value would create a series that stays.
"""

from app.server.metrics.collection import Metrics, create_metrics
from app.server.metrics.exposition import metrics_route

__all__ = ["Metrics", "create_metrics", "metrics_route"]
