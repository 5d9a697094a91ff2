"""Setting up the logging of the process."""

from __future__ import annotations

import atexit
import logging
import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog
from structlog.stdlib import ProcessorFormatter
from typing_extensions import override

from app.log.values import escape, shorten
from app.log.writer import RecordWriter

if TYPE_CHECKING:
    from structlog.typing import Processor


class LogFormat(StrEnum):
    """How a record is written."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """The least important records that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def configure_logging(log_format: LogFormat, level: LogLevel = LogLevel.INFO) -> RecordWriter:
    """Send all records of the process to standard error; return what writes them there."""
    number = logging.getLevelNamesMapping()[level.upper()]
    writer = RecordWriter(_standard_error())
    atexit.register(writer.close)
    first: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Without the values of local variables: those hold whole objects.
        structlog.processors.format_exc_info,
    ]
    last = rendering(log_format)
    structlog.configure(
        processors=[*first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: writer,
        cache_logger_on_first_use=False,
    )
    _redirect_libraries(writer, number, first, last)
    return writer


def rendering(log_format: LogFormat) -> list[Processor]:
    """Return the last steps of a record on its way: from a dictionary to a line, or several."""
    if log_format is LogFormat.JSON:
        return [shorten, structlog.processors.JSONRenderer()]
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stderr is not None and sys.stderr.isatty(),
        exception_formatter=structlog.dev.plain_traceback,
        sort_keys=False,
    )
    return [shorten, escape, console]


def _redirect_libraries(
    writer: RecordWriter, level: int, first: list[Processor], last: list[Processor]
) -> None:
    handler = _WriterHandler(writer)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *first],
            processors=[ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    # uvicorn logs each start and stop, which we log ourselves, in fewer records.
    logging.getLogger("uvicorn").setLevel(max(level, logging.WARNING))
    # httpx2 logs each request to the API server, though its outcome is logged already.
    logging.getLogger("httpx2").setLevel(max(level, logging.WARNING))


class _WriterHandler(logging.Handler):
    """Hands the records of the standard library's loggers to the writer."""

    def __init__(self, writer: RecordWriter) -> None:
        super().__init__()
        self._writer = writer

    @override
    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception as error:  # noqa: BLE001  a bad record must not stop its caller
            line = f"a record of {record.name} cannot be written: {type(error).__name__}"
        self._writer.write(line)


def _standard_error() -> int:
    """Return the descriptor of standard error, or one of /dev/null where it is closed.

    Otherwise the first connection would get its number, and the log would be written to it.
    """
    return os.open(os.devnull, os.O_WRONLY) if sys.stderr is None else sys.stderr.fileno()
