"""Where records go: standard error, as text for people or as one JSON object a line.

structlog makes the records; those of uvicorn and other libraries take the same way.
"""

from app.log.configure import LogFormat, LogLevel, configure_logging
from app.log.writer import RecordWriter

__all__ = ["LogFormat", "LogLevel", "RecordWriter", "configure_logging"]
