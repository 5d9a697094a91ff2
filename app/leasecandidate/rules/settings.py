"""The parameters of the rules. camelCase in the configuration file; unknown keys are errors."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from app.leasecandidate.spec import NODE_LEASES


class StrictModel(BaseModel):
    """A part of the configuration: immutable, camelCase, nothing unknown."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
    )


class ReservedLease(StrictModel):
    """Leases for which nobody may stand: a namespace, and a name or its beginning followed by *."""

    namespace: Annotated[str, Field(min_length=1)]
    lease_name: Annotated[str, Field(min_length=1)] = "*"

    def covers(self, lease_name: str) -> bool:
        """Whether a lease of the namespace is reserved by this entry."""
        if self.lease_name.endswith("*"):
            return lease_name.startswith(self.lease_name[:-1])
        return lease_name == self.lease_name


class RuleSettings(StrictModel):
    """Limits and lists that rules compare with."""

    clock_skew_seconds: Annotated[int, Field(ge=1, le=3600)] = Field(
        default=60,
        description="How far ahead of our clock a time may be, and how far apart our clock and the "
        "server's may be before rules on time only warn.",
    )
    allowed_pingers: tuple[str, ...] = Field(
        default=(), description="Users besides system:apiserver that may write pingTime."
    )
    reserved_leases: tuple[ReservedLease, ...] = Field(
        default=(
            ReservedLease(namespace=NODE_LEASES),
            ReservedLease(namespace="kube-system", lease_name="leader-election-controller"),
            ReservedLease(namespace="kube-system", lease_name="apiserver-*"),
        ),
        description="Leases that kube-apiserver would overwrite for whoever stands for them.",
    )
    reserved_strategy_prefixes: tuple[str, ...] = Field(
        default=("k8s.io", "kubernetes.io"),
        description="Domains, with their subdomains, whose strategies are Kubernetes' own.",
    )
    max_version_length: Annotated[int, Field(ge=1)] = Field(
        default=256, description="Characters of a version."
    )
    max_minor_version_gap: Annotated[int, Field(ge=0)] = Field(
        default=3, description="Minor versions that emulation may be behind the binary."
    )

    @cached_property
    def clock_skew(self) -> timedelta:
        """The permitted difference of clocks."""
        return timedelta(seconds=self.clock_skew_seconds)

    @cached_property
    def reserved_prefix_ends(self) -> tuple[str, ...]:
        """What a reserved prefix ends with, once a dot is put before it."""
        return tuple(f".{domain}" for domain in self.reserved_strategy_prefixes)


DEFAULT_SETTINGS: Final = RuleSettings()
