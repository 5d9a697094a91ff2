"""What is a version of Kubernetes, and which one."""

from __future__ import annotations

import pytest

from app.cel_policies import KubeVersion


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1.32", 32),
        ("1.36", 36),
        ("v1.36", 36),
        ("1.36.3", 36),
        ("v1.34.4-gke.1000", 34),
        ("v1.33.1+k3s1", 33),
        ("1.35+", 35),
        ("1.100", 100),
    ],
)
def test_a_version_is_known_by_its_minor(text: str, minor: int) -> None:
    version = KubeVersion.parse(text)
    assert (version.minor, str(version)) == (minor, f"1.{minor}")


@pytest.mark.parametrize(
    "text", ["", "1", "36", "2.0", "1.x", "latest", "1.36,", "1.٣٦", " 1.36", "v 1.36", "1.9999"]
)
def test_what_is_no_version_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a version of Kubernetes; write it like 1\.36"):
        KubeVersion.parse(text)


@pytest.mark.parametrize("text", ["1.31", "1.31.9", "1.0", "v1.29.1"])
def test_a_version_without_lease_candidates_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"Kubernetes {text} has no LeaseCandidate"):
        KubeVersion.parse(text)
