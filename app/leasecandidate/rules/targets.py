"""Rules on what a candidate points at: its lease, its strategy, what holds it back.

kube-apiserver writes the Lease that leaseName names with its own rights, so a candidate is a way to
write any Lease of its namespace (KEP-4355).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.leasecandidate.field import FieldError, forbidden, invalid_shortened
from app.leasecandidate.name_format import dns_subdomain
from app.leasecandidate.quote import quote, quote_shortened
from app.leasecandidate.rules.rule import ELECTION_SOURCE, Action, Rule
from app.leasecandidate.rules.twin import Twin, twin
from app.leasecandidate.rules.write import CREATES, WRITES, Write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.leasecandidate.rules.settings import ReservedLease, RuleSettings


_LABEL: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"


def lease_name_not_dns(write: Write) -> Iterator[FieldError]:
    """Find a leaseName that no Lease can have."""
    name = write.candidate.spec.lease_name
    if name and dns_subdomain(name):
        yield invalid_shortened(
            "spec.leaseName",
            name,
            "no Lease can have this name; use a DNS-1123 subdomain of at most 253 characters",
        )


def reserved_target(write: Write) -> Iterator[FieldError]:
    """Find a candidate for a lease that is not up for election."""
    namespace, name = write.candidate.metadata.namespace, write.candidate.spec.lease_name
    for lease in write.settings.reserved_leases:
        if namespace == lease.namespace and lease.covers(name):
            yield forbidden(
                "spec.leaseName",
                f"the lease {quote_shortened(name)} in namespace {quote_shortened(namespace)} "
                "is not up for election; "
                "stand for another one",
            )
            return


def reserved_strategy_prefix(write: Write) -> Iterator[FieldError]:
    """Find a strategy in a domain of Kubernetes."""
    strategy = write.candidate.spec.strategy
    prefix, slash, _ = strategy.partition("/")
    if slash and f".{prefix}".endswith(write.settings.reserved_prefix_ends):
        yield invalid_shortened(
            "spec.strategy",
            strategy,
            "its prefix is reserved for Kubernetes; use a domain of your own",
        )


def finalizer_on_candidate(write: Write) -> Iterator[FieldError]:
    """Find a finalizer that is not stored yet; an update that only removes some is not judged."""
    finalizers = write.candidate.metadata.finalizers
    stored = write.old.metadata.finalizers if write.old is not None else ()
    if finalizers and not set(finalizers).issubset(stored):
        yield forbidden(
            "metadata.finalizers",
            "a finalizer keeps kube-apiserver from deleting the candidate once it has expired; "
            "remove it",
        )


def _covers(lease: ReservedLease) -> str:
    in_namespace = f"request.namespace == {quote(lease.namespace)}"
    if lease.lease_name == "*":
        return in_namespace
    if lease.lease_name.endswith("*"):
        return f"({in_namespace} && variables.leaseName.startsWith({quote(lease.lease_name[:-1])}))"
    return f"({in_namespace} && variables.leaseName == {quote(lease.lease_name)})"


def _reserved_target_twin(settings: RuleSettings) -> str:
    covers = " || ".join(map(_covers, settings.reserved_leases)) or "false"
    return f"variables.isUpdate || !({covers})"


def _reserved_prefix_twin(settings: RuleSettings) -> str:
    inside = (
        " || ".join(
            f"variables.strategy.startsWith({quote(domain + '/')}) || "
            f"variables.strategy.split('/')[0].endsWith({quote('.' + domain)})"
            for domain in settings.reserved_strategy_prefixes
        )
        or "false"
    )
    return (
        "variables.strategy == variables.oldStrategy || "
        f"!variables.strategy.contains('/') || !({inside})"
    )


RULES: Final = (
    Rule(
        id="lease-name-not-dns",
        title="leaseName must be a name that a Lease can have",
        why="kube-apiserver tries to create the Lease again and again; nobody is ever elected.",
        source=ELECTION_SOURCE,
        operations=CREATES,
        check=lease_name_not_dns,
        twin=twin(
            "variables.isUpdate || (size(variables.leaseName) <= 253 && "
            f"variables.leaseName.matches('^{_LABEL}([.]{_LABEL})*$'))",
            "no Lease can have the name in spec.leaseName; "
            "use a DNS-1123 subdomain of at most 253 characters",
        ),
        looks_at=("spec.lease_name",),
    ),
    Rule(
        id="reserved-target",
        title="Nobody stands for a lease that is not up for election",
        why="kube-apiserver would overwrite a node's heartbeat or a lock of its own.",
        source=ELECTION_SOURCE,
        operations=CREATES,
        check=reserved_target,
        twin=Twin(
            _reserved_target_twin,
            "the lease in spec.leaseName is not up for election; stand for another one",
        ),
        looks_at=("spec.lease_name", "metadata.namespace"),
    ),
    Rule(
        id="reserved-strategy-prefix",
        title="Strategies in the domains of Kubernetes are its own",
        why="A later release may give the name a meaning.",
        source="kubernetes/api coordination/v1beta1/types.go, CoordinatedLeaseStrategy",
        operations=WRITES,
        check=reserved_strategy_prefix,
        twin=Twin(
            _reserved_prefix_twin,
            "the prefix of spec.strategy is reserved for Kubernetes; use a domain of your own",
        ),
        default_action=Action.WARN,
        looks_at=("spec.strategy",),
    ),
    Rule(
        id="finalizer-on-candidate",
        title="A candidate should have no finalizer",
        why="kube-apiserver deletes expired candidates; with a finalizer they stay for ever.",
        source=f"{ELECTION_SOURCE}, leasecandidategc_controller.go",
        operations=WRITES,
        check=finalizer_on_candidate,
        twin=twin(
            "!has(object.metadata.finalizers) || "
            "(variables.isUpdate && has(oldObject.metadata.finalizers) && "
            "(object.metadata.finalizers == oldObject.metadata.finalizers || "
            "object.metadata.finalizers.all(finalizer, "
            "finalizer in oldObject.metadata.finalizers)))",
            "a finalizer keeps kube-apiserver from deleting the candidate once it has expired; "
            "remove it from metadata.finalizers",
        ),
        default_action=Action.WARN,
        looks_at=("metadata.finalizers",),
    ),
)
