"""What `make outdated` makes of what it is told; the registries themselves are not asked."""

from __future__ import annotations

import pytest

from devtools.outdated.__main__ import report
from devtools.outdated.base_image import outdated_tag
from devtools.outdated.go_modules import is_commit, of_minor
from devtools.outdated.python_packages import pins
from devtools.outdated.release import Outdated, newest

RELEASES = ["v1.34.4", "v1.36.3", "v1.36.12", "v1.37.2", "v1.38.0-beta.0"]


@pytest.mark.parametrize(
    ("releases", "expected"),
    [
        (RELEASES, "v1.37.2"),
        (of_minor(RELEASES, "v1.36.3"), "v1.36.12"),
        (["3.9.1", "3.13.5", "3.16.0a2"], "3.13.5"),
        (["v2.0.0-rc.1"], ""),
        ([], ""),
    ],
    ids=["by number", "of a minor", "without v", "pre-releases alone", "none"],
)
def test_the_newest_release_is_final(releases: list[str], expected: str) -> None:
    assert newest(releases) == expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("v0.7.1-0.20251217140045-5baed5604d2d", True),
        ("v0.0.0-20260721132016-d427ff9ee9ad", True),
        ("v0.7.3", False),
        ("v1.38.0-beta.0", False),
    ],
)
def test_a_commit_is_no_release(version: str, expected: bool) -> None:
    assert is_commit(version) is expected


def test_a_lock_pins_packages_with_extras_and_markers() -> None:
    lock = "a-b==1.0 \\\n    --hash=sha256:00\nextra[toml]==7.1 \\\nc==2 ; python_version < '4'\n"
    assert pins(lock) == {"a-b": "1.0", "extra": "7.1", "c": "2"}


@pytest.mark.parametrize(
    ("releases", "found"),
    [
        (["3.13.9"], []),
        (["3.14.1", "3.15.0rc1"], [Outdated("Dockerfile", "python", "3.13-slim", "3.14-slim")]),
    ],
    ids=["the same minor", "a newer one"],
)
def test_the_base_is_of_the_newest_minor_of_python(
    releases: list[str], found: list[Outdated]
) -> None:
    assert [*outdated_tag("ARG BUILD_BASE=x\nARG BASE=python:3.13-slim\n", releases)] == found


def test_a_line_says_where_what_and_to_what() -> None:
    assert report([Outdated("a.lock", "b", "1", "2")]) == "a.lock: b 1 -> 2\n"
    assert report([]) == "every pin is the newest release\n"
