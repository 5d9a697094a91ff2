"""Cases of the rules on what a candidate points at."""

from __future__ import annotations

from app.leasecandidate.rules import RuleSettings
from app.leasecandidate.rules.settings import ReservedLease
from tests.leasecandidate.rules.case import SERVER, RuleCase, candidate, create, update

LEASE = ("spec.leaseName",)
STRATEGY = ("spec.strategy",)
FINALIZERS = ("metadata.finalizers",)

_OWN_LEASES = RuleSettings(
    reserved_leases=(
        ReservedLease(namespace="shop", lease_name="till"),
        ReservedLease(namespace="shop", lease_name="stock-*"),
        ReservedLease(namespace="bank"),
    )
)
_OWN_PREFIX = RuleSettings(reserved_strategy_prefixes=("example.com",))

_NAMES_OF_NO_LEASE = {
    "with spaces and underscores": "Not_A_DNS name",
    "with upper case": "Web",
    "with a slash": "team/web",
    "with an empty label": "web..shop",
    "that begins with a hyphen": "-web",
    "that ends with a dot": "web.",
    "of 254 characters": "a" * 254,
    "that ends with a line break": "web\n",
    "with a digit beyond ASCII": "web-\u0661",
    "of one space": " ",
}
_NAMES_OF_LEASES = {
    "of one label": "web",
    "of digits": "2026",
    "with dots and hyphens": "web-1.shop.example.com",
    "of 253 characters": "a" * 253,
}

CASES = [
    *(
        RuleCase(
            "lease-name-not-dns", f"a name {what} is no Lease's", create(leaseName=name), LEASE
        )
        for what, name in _NAMES_OF_NO_LEASE.items()
    ),
    *(
        RuleCase("lease-name-not-dns", f"a name {what} can be a Lease's", create(leaseName=name))
        for what, name in _NAMES_OF_LEASES.items()
    ),
    RuleCase(
        "lease-name-not-dns", "an empty name is kube-apiserver's to refuse", create(leaseName="")
    ),
    RuleCase(
        "lease-name-not-dns",
        "a stored name is left alone",
        update(candidate(leaseName="Web", renewTime=None), candidate(leaseName="Web")),
    ),
    *(
        RuleCase(
            "reserved-target",
            f"{namespace}/{lease} is not up for election",
            create(candidate(namespace=namespace, leaseName=lease)),
            LEASE,
            says="not up for election",
        )
        for namespace, lease in (
            ("kube-node-lease", "node-1"),
            ("kube-node-lease", "anything"),
            ("kube-system", "leader-election-controller"),
            ("kube-system", "apiserver-abcdef"),
            ("kube-system", "apiserver-"),
        )
    ),
    *(
        RuleCase(
            "reserved-target",
            f"{namespace}/{lease} is anybody's to lead",
            create(candidate(namespace=namespace, leaseName=lease)),
        )
        for namespace, lease in (
            ("kube-system", "kube-scheduler"),
            ("kube-system", "apiserver"),
            ("kube-system", "leader-election-controller-2"),
            ("kube-system", "my-apiserver-1"),
            ("default", "leader-election-controller"),
            ("default", "apiserver-abcdef"),
            ("kube-node-lease-2", "node-1"),
        )
    ),
    *(
        RuleCase(
            "reserved-target",
            f"{namespace}/{lease} is {'' if fields else 'not '}reserved by the settings",
            create(candidate(namespace=namespace, leaseName=lease), settings=_OWN_LEASES),
            fields,
        )
        for namespace, lease, fields in (
            ("shop", "till", LEASE),
            ("shop", "stock-1", LEASE),
            ("bank", "vault", LEASE),
            ("shop", "till-2", ()),
            ("shop", "stock", ()),
            ("kube-node-lease", "node-1", ()),
        )
    ),
    RuleCase(
        "reserved-target",
        "a stored candidate keeps its heartbeat",
        update(
            candidate(namespace="kube-node-lease", renewTime=None),
            candidate(namespace="kube-node-lease"),
        ),
    ),
    *(
        RuleCase(
            "reserved-strategy-prefix",
            f"{strategy} is in a domain of Kubernetes",
            create(strategy=strategy),
            STRATEGY,
            says="reserved for Kubernetes",
        )
        for strategy in (
            "k8s.io/Newest",
            "kubernetes.io/Newest",
            "coordination.k8s.io/Newest",
            "a.b.kubernetes.io/Newest",
        )
    ),
    *(
        RuleCase(
            "reserved-strategy-prefix",
            f"{strategy} is in no domain of Kubernetes",
            create(strategy=strategy),
        )
        for strategy in (
            "OldestEmulationVersion",
            "k8s.io",
            "example.com/k8s.io",
            "myk8s.io/Newest",
            "k8s.io.example.com/Newest",
            "example.com/Newest",
        )
    ),
    RuleCase(
        "reserved-strategy-prefix",
        "a domain of the settings is reserved",
        create(strategy="eu.example.com/Newest", settings=_OWN_PREFIX),
        STRATEGY,
    ),
    RuleCase(
        "reserved-strategy-prefix",
        "the settings replace the domains of Kubernetes",
        create(strategy="k8s.io/Newest", settings=_OWN_PREFIX),
    ),
    RuleCase(
        "reserved-strategy-prefix",
        "an update to a reserved strategy is found",
        update(candidate(), candidate(strategy="k8s.io/Newest")),
        STRATEGY,
    ),
    RuleCase(
        "reserved-strategy-prefix",
        "a stored strategy is left alone",
        update(
            candidate(strategy="k8s.io/Newest", renewTime=None),
            candidate(strategy="k8s.io/Newest"),
        ),
    ),
    RuleCase(
        "finalizer-on-candidate",
        "a new candidate with a finalizer is found",
        create(candidate(finalizers=["example.com/hold"])),
        FINALIZERS,
        says="remove it",
    ),
    RuleCase("finalizer-on-candidate", "a candidate without finalizer is fine", create()),
    RuleCase(
        "finalizer-on-candidate",
        "a finalizer that an update adds is found",
        update(candidate(), candidate(finalizers=["example.com/hold"])),
        FINALIZERS,
    ),
    RuleCase(
        "finalizer-on-candidate",
        "a second finalizer is found",
        update(
            candidate(finalizers=["example.com/hold"]),
            candidate(finalizers=["example.com/hold", "example.com/more"]),
        ),
        FINALIZERS,
    ),
    RuleCase(
        "finalizer-on-candidate",
        "a finalizer that takes the place of another is found",
        update(
            candidate(finalizers=["example.com/hold"]), candidate(finalizers=["example.com/more"])
        ),
        FINALIZERS,
    ),
    RuleCase(
        "finalizer-on-candidate",
        "one of two finalizers may be taken away",
        update(
            candidate(finalizers=["example.com/hold", "example.com/more"]),
            candidate(finalizers=["example.com/more"]),
        ),
    ),
    RuleCase(
        "finalizer-on-candidate",
        "the last finalizer may be taken away, by the server too",
        update(candidate(finalizers=["foregroundDeletion"]), candidate(), by=SERVER),
    ),
    RuleCase(
        "finalizer-on-candidate",
        "finalizers in another order are the stored ones",
        update(
            candidate(finalizers=["example.com/hold", "example.com/more"]),
            candidate(finalizers=["example.com/more", "example.com/hold"]),
        ),
    ),
]
