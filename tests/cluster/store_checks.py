"""What the stores do on the API server that they are given: the stand-in or the real one."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from app.cluster.certificate_secret import ClusterSecret
from app.cluster.webhook_configurations import KINDS, ClusterBundles
from app.pki.stores import StoredSecret, StoreError, StoreProblem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx2
    from lightkube import AsyncClient

REGISTRATIONS: Final = "/apis/admissionregistration.k8s.io/v1"
OURS, OTHER = "validate.leasegate.dev", "validate.example.com"


@dataclass(frozen=True)
class Place:
    """A client of the program, one of the test, and a name that nothing has yet."""

    client: AsyncClient
    api: httpx2.Client
    namespace: str
    name: str

    def secret(self) -> ClusterSecret:
        return ClusterSecret(self.client, self.namespace, self.name)

    def bundles(self) -> ClusterBundles:
        return ClusterBundles(self.client, self.name)

    def make_secret(self, data: dict[str, bytes]) -> None:
        encoded = {key: b64encode(value).decode() for key, value in data.items()}
        self.api.post(
            f"/api/v1/namespaces/{self.namespace}/secrets",
            json={"metadata": {"name": self.name}, "data": encoded},
        ).raise_for_status()

    def register(self, kind: str) -> None:
        """Make a configuration with a webhook of ours and one of somebody else."""
        rule = {
            "apiGroups": ["coordination.k8s.io"],
            "apiVersions": ["v1beta1"],
            "operations": ["CREATE"],
            "resources": ["leasecandidates"],
        }
        service = {"name": self.name, "namespace": self.namespace}
        names = [name.replace("validate", kind[:8].lower()) for name in (OTHER,)]
        ours = OURS if kind.startswith("V") else "mutate.leasegate.dev"
        self.api.post(
            f"{REGISTRATIONS}/{kind.lower()}s",
            json={
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": kind,
                "metadata": {"name": self.name},
                "webhooks": [
                    {
                        "name": name,
                        "admissionReviewVersions": ["v1"],
                        "clientConfig": {"service": service},
                        "failurePolicy": "Ignore",
                        "rules": [rule],
                        "sideEffects": "None",
                        "namespaceSelector": {"matchLabels": {"nobody": "has-it"}},
                    }
                    for name in (ours, *names)
                ],
            },
        ).raise_for_status()


async def a_secret_that_is_not_there_is_made_and_then_changed(place: Place) -> None:
    secret = place.secret()
    assert await secret.read() == StoredSecret()
    made = await secret.write({"tls.crt": b"one", "other": b""}, "")
    assert made.data == {"tls.crt": b"one", "other": b""}
    changed = await secret.write({"tls.crt": b"two"}, made.version)
    assert changed.version != made.version
    assert changed.data == {"tls.crt": b"two", "other": b""}, "values of other keys stay"
    assert await secret.read() == changed


async def a_write_at_a_version_that_is_gone_is_a_conflict(place: Place) -> None:
    secret = place.secret()
    first = await secret.write({"tls.crt": b"one"}, "")
    await secret.write({"tls.crt": b"of somebody faster"}, first.version)
    with pytest.raises(StoreError) as error:
        await secret.write({"tls.crt": b"late"}, first.version)
    assert error.value.problem is StoreProblem.CONFLICT
    assert "cannot write the Secret" in str(error.value)
    assert (await secret.read()).data == {"tls.crt": b"of somebody faster"}


async def a_secret_that_somebody_made_meanwhile_is_a_conflict(place: Place) -> None:
    place.make_secret({"tls.crt": b"theirs"})
    with pytest.raises(StoreError, match="just made by somebody else") as error:
        await place.secret().write({"tls.crt": b"ours"}, "")
    assert error.value.problem is StoreProblem.CONFLICT
    assert (await place.secret().read()).data == {"tls.crt": b"theirs"}


async def an_empty_secret_is_filled(place: Place) -> None:
    place.make_secret({})
    stored = await place.secret().read()
    assert stored.data == {}
    assert stored.version
    assert (await place.secret().write({"a": b"\x00\xff"}, stored.version)).data == {
        "a": b"\x00\xff"
    }


async def configurations_that_are_not_there_are_none(place: Place) -> None:
    assert list(await place.bundles().read()) == []
    place.register("MutatingWebhookConfiguration")
    (found,) = await place.bundles().read()
    assert found.kind == "MutatingWebhookConfiguration"
    assert found.bundles == {"mutate.leasegate.dev": b""}


async def the_bundle_of_our_webhooks_alone_is_published(place: Place) -> None:
    for kind in KINDS:
        place.register(kind)
    path = f"{REGISTRATIONS}/validatingwebhookconfigurations/{place.name}"
    before = place.api.get(path).json()["webhooks"]
    bundles = place.bundles()
    validating, mutating = await bundles.read()
    await bundles.publish(validating, BUNDLE)
    validating, mutating = await bundles.read()
    assert validating.bundles == {OURS: BUNDLE}
    assert mutating.bundles == {"mutate.leasegate.dev": b""}
    after = place.api.get(path).json()["webhooks"]
    assert after[0]["clientConfig"].pop("caBundle")
    assert after == before, "nothing else was touched"
    assert not any(one.is_claimed for one in (validating, mutating))


async def a_bundle_for_a_version_that_is_gone_is_a_conflict(place: Place) -> None:
    place.register(KINDS[0])
    bundles = place.bundles()
    (old,) = await bundles.read()
    await bundles.publish(old, BUNDLE)
    with pytest.raises(StoreError, match="cannot publish the caBundle") as error:
        await bundles.publish(old, BUNDLE * 2)
    assert error.value.problem is StoreProblem.CONFLICT
    (found,) = await bundles.read()
    assert found.bundles == {OURS: BUNDLE}


async def an_equal_bundle_changes_nothing(place: Place) -> None:
    place.register(KINDS[0])
    bundles = place.bundles()
    (first,) = await bundles.read()
    await bundles.publish(first, BUNDLE)
    (second,) = await bundles.read()
    await bundles.publish(second, BUNDLE)
    assert await bundles.read() == [second]


CHECKS: Final[list[Callable[[Place], Awaitable[None]]]] = [
    a_secret_that_is_not_there_is_made_and_then_changed,
    a_write_at_a_version_that_is_gone_is_a_conflict,
    a_secret_that_somebody_made_meanwhile_is_a_conflict,
    an_empty_secret_is_filled,
    configurations_that_are_not_there_are_none,
    the_bundle_of_our_webhooks_alone_is_published,
    a_bundle_for_a_version_that_is_gone_is_a_conflict,
    an_equal_bundle_changes_nothing,
]


def _bundle() -> bytes:
    # kube-apiserver takes certificates only.
    from app.pki.pem import certificate_pem  # noqa: PLC0415
    from tests.pki.mounted_secret import Issuer  # noqa: PLC0415

    return certificate_pem(Issuer.make().pair.certificate)


BUNDLE: Final = _bundle()
