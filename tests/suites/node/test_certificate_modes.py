"""The certificate modes that need no other operator, and the changes between them."""

from __future__ import annotations

import threading
from base64 import b64decode
from contextlib import contextmanager
from typing import TYPE_CHECKING

import trustme
import yaml

from app.pki.secret_state import read_authorities
from devtools.controlplane import wait_for
from tests.suites.node.candidates import is_guarded, writing
from tests.suites.node.release import CHART, WAIT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

    from devtools.controlplane import ControlPlane
    from tests.suites.node.release import Release

SECRET = "own-certificate"  # noqa: S105  # a name


def give(release: Release, authority: trustme.CA, folder: Path) -> None:
    """Put a certificate for the Service of the release into a Secret, in place of any other."""
    leaf = authority.issue_cert(f"{release.fullname}.{release.namespace}.svc")
    leaf.cert_chain_pems[0].write_to_path(folder / "tls.crt")
    leaf.private_key_pem.write_to_path(folder / "tls.key")
    release.kubectl("delete", "secret", SECRET, "--ignore-not-found")
    files = (f"--cert={folder / 'tls.crt'}", f"--key={folder / 'tls.key'}")
    release.kubectl("create", "secret", "tls", SECRET, *files)


def existing(authority: trustme.CA, folder: Path) -> str:
    """Return the flag of a values file for mode `existing`."""
    given = {"secretName": SECRET, "caBundle": authority.cert_pem.bytes().decode()}
    file = folder / "existing.yaml"
    file.write_text(yaml.safe_dump({"certificates": {"mode": "existing", "existing": given}}))
    return f"--values={file}"


def authorities(release: Release) -> list[int]:
    """Return how many CAs each registration trusts."""
    bundles = [release.registration(kind)["clientConfig"] for kind in ("Validating", "Mutating")]
    return [len(read_authorities(b64decode(bundle["caBundle"]))) for bundle in bundles]


@contextmanager
def staying_ready(release: Release) -> Iterator[None]:
    """Look all the time whether a pod is ready; fail in the end where none was."""
    counts, over = set[int](), threading.Event()

    def count() -> None:
        while not over.wait(0.2):
            counts.add(len(release.ready_pods()))

    looking = threading.Thread(target=count)
    looking.start()
    try:
        yield
    finally:
        over.set()
        looking.join()
    assert 0 not in counts


def is_served_by(release: Release, mode: str) -> bool:
    """Say whether all pods are ready and have their certificate from there."""
    arguments = [pod["spec"]["containers"][0]["args"] for pod in release.pods()]
    return all(f"--certificates={mode}" in found for found in arguments)


def test_a_release_changes_to_given_certificates_and_back_and_is_rolled_back(
    control_plane: ControlPlane,
    api: httpx2.Client,
    namespace: str,
    release: Release,
    tmp_path: Path,
) -> None:
    release.install("webhooks.failurePolicy=Fail", "webhooks.timeoutSeconds=5")
    give(release, authority := trustme.CA(), tmp_path)
    wait_for(lambda: is_guarded(api, namespace), "the webhooks to be called", timeout=30)
    with writing(control_plane, namespace) as load:
        with staying_ready(release):
            change = ("--reset-then-reuse-values", existing(authority, tmp_path))
            release.helm("upgrade", release.name, str(CHART), *WAIT, *change)
        assert is_served_by(release, "files")
        # The pods that had a certificate of their own are called until they are gone.
        assert authorities(release) == [2, 2]
        release.upgrade("webhooks.failurePolicy=Ignore")
        assert authorities(release) == [1, 1]
        with staying_ready(release):
            release.helm("upgrade", release.name, str(CHART), *WAIT, "--reset-values")
        assert is_served_by(release, "self")
        wait_for(lambda: is_guarded(api, namespace), "its own certificates again", timeout=60)
        release.helm("rollback", release.name, *WAIT)
        assert is_served_by(release, "files")
        wait_for(lambda: is_guarded(api, namespace), "the given certificate again", timeout=60)
    assert load.problems == []


def test_a_release_begins_with_given_certificates_and_may_ask_nobody_for_them(
    api: httpx2.Client, namespace: str, release: Release, tmp_path: Path
) -> None:
    authority = trustme.CA()
    give(release, authority, tmp_path)
    release.is_installed = True
    release.helm("install", release.name, str(CHART), *WAIT, existing(authority, tmp_path))
    wait_for(lambda: is_guarded(api, namespace), "the webhooks to be called", timeout=30)
    user = f"--as=system:serviceaccount:{release.namespace}:{release.fullname}"
    kubectl = release.node.control_plane.kubectl
    asked = kubectl("auth", "can-i", "get", f"secret/{SECRET}", user, f"-n{release.namespace}")
    assert asked.stdout.strip() == "no"
