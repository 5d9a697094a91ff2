"""The logging of a whole process: each test runs one, since there is one logging in a process."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.covers_processes

PATIENCE = 300.0
START = """
import logging, sys, warnings
import structlog
from app.log import LogFormat, LogLevel, configure_logging
"""


def run(program: str, *redirections: str) -> subprocess.CompletedProcess[str]:
    """Run a program, by way of a shell, and return what it wrote to standard error."""
    command = f'exec "$0" -c "$1" {" ".join(redirections)}'
    return subprocess.run(
        ["sh", "-c", command, sys.executable, START + textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )


def records(program: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in run(program).stderr.splitlines()]


def test_everybody_s_records_are_json_objects_of_one_form() -> None:
    found = records(
        """
        configure_logging(LogFormat.JSON)
        structlog.get_logger().info("ours", user="a\\nb")
        logging.getLogger("uvicorn.error").warning("%s is gone", "a peer")
        logging.getLogger("asyncio").error("slow")
        warnings.warn("old", DeprecationWarning)
        """
    )
    assert [record["level"] for record in found] == ["info", "warning", "error", "warning"]
    assert [record["event"] for record in found[:3]] == ["ours", "a peer is gone", "slow"]
    assert [record.get("logger") for record in found] == [
        None,
        "uvicorn.error",
        "asyncio",
        "py.warnings",
    ]
    assert found[0]["user"] == "a\nb"
    assert all(str(record["timestamp"]).endswith("Z") for record in found)


def test_what_libraries_only_mention_is_not_written() -> None:
    found = records(
        """
        configure_logging(LogFormat.JSON, LogLevel.DEBUG)
        for library in ("uvicorn.error", "httpx2"):
            logging.getLogger(library).info("as you know")
            logging.getLogger(library).warning("this is new")
        """
    )
    assert [(record["logger"], record["event"]) for record in found] == [
        ("uvicorn.error", "this is new"),
        ("httpx2", "this is new"),
    ]


@pytest.mark.parametrize(
    ("level", "written"),
    [
        pytest.param("DEBUG", ["debug", "info", "warning", "error"], id="debug"),
        pytest.param("INFO", ["info", "warning", "error"], id="info"),
        pytest.param("WARNING", ["warning", "error"], id="warning"),
        pytest.param("ERROR", ["error"], id="error"),
    ],
)
@pytest.mark.parametrize("logger", ["structlog.get_logger()", "logging.getLogger('a')"])
def test_only_records_of_the_level_and_above_are_written(
    logger: str, level: str, written: list[str]
) -> None:
    found = records(
        f"""
        configure_logging(LogFormat.JSON, LogLevel.{level})
        for name in ("debug", "info", "warning", "error"):
            getattr({logger}, name)("said")
        """
    )
    assert [record["level"] for record in found] == written


@pytest.mark.parametrize("log_format", ["JSON", "TEXT"])
@pytest.mark.parametrize("logger", ["structlog.get_logger()", "logging.getLogger('a')"])
def test_a_traceback_shows_no_local_variables(logger: str, log_format: str) -> None:
    text = run(
        f"""
        configure_logging(LogFormat.{log_format})
        def fail(password):
            raise ValueError("it failed")
        try:
            fail("s3cr" + "3t")
        except ValueError:
            {logger}.exception("caught")
        """
    ).stderr
    assert "ValueError: it failed" in text
    assert "in fail" in text
    assert "s3cr3t" not in text


def test_text_for_people_has_no_control_characters_of_others() -> None:
    text = run(
        """
        configure_logging(LogFormat.TEXT)
        logging.getLogger("a").warning("first\\nsecond \\x1b[2J %s", "\\u202e")
        """
    ).stderr
    first, second = text.splitlines()
    assert "first" in first
    assert second.strip().startswith(r"second \x1b[2J \u202e")
    assert second.startswith("    ")


def test_a_record_that_cannot_be_formatted_is_named_and_harms_nobody() -> None:
    [record] = run(
        """
        configure_logging(LogFormat.JSON)
        logging.getLogger("a").warning("%d", "no number")
        """
    ).stderr.splitlines()
    assert record == "a record of a cannot be written: TypeError"


@pytest.mark.parametrize(
    "redirection",
    [
        pytest.param("2>&-", id="standard error is closed"),
        pytest.param("2>/dev/full", id="the disk is full"),
    ],
)
def test_a_process_goes_on_without_a_log(redirection: str) -> None:
    done = run(
        """
        import socket
        writer = configure_logging(LogFormat.JSON)
        one, other = socket.socketpair()
        for _ in range(100):
            structlog.get_logger().warning("lost")
            logging.getLogger("a").warning("lost")
        writer.close()
        other.setblocking(False)
        try:
            print(other.recv(1))
        except BlockingIOError:
            print("nothing went to a connection")
        """,
        redirection,
    )
    assert done.stdout == "nothing went to a connection\n"
    assert done.stderr == ""


def test_what_is_written_last_is_not_lost() -> None:
    found = records(
        """
        configure_logging(LogFormat.JSON)
        for number in range(500):
            structlog.get_logger().info("said", number=number)
        """
    )
    assert [record["number"] for record in found] == list(range(500))
