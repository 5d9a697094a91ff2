"""Hypothesis strategies for candidates, good and bad."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]

_NUMBERS = st.one_of(st.integers(0, 40), st.sampled_from([2**63, 2**64 - 1]))
_IDENTIFIERS = st.from_regex(r"\A(0|[1-9][0-9]{0,3}|[0-9]{0,3}[A-Za-z-][0-9A-Za-z-]{0,5})\Z")
_BUILD = st.from_regex(r"\A[0-9A-Za-z-]{1,6}\Z")


@st.composite
def versions(draw: st.DrawFn) -> str:
    """Draw a semantic version."""
    core = ".".join(str(draw(_NUMBERS)) for _ in range(3))
    prerelease = ".".join(draw(st.lists(_IDENTIFIERS, max_size=3)))
    build = ".".join(draw(st.lists(_BUILD, max_size=2)))
    return core + (f"-{prerelease}" if prerelease else "") + (f"+{build}" if build else "")


near_versions = st.one_of(
    versions(),
    versions().map("v{}".format),
    versions().map("V{}".format),
    versions().map(" {} ".format),
    st.from_regex(r"\A[vV]{0,2}[0-9]{1,3}(\.[0-9]{0,3}){0,4}\Z"),
    st.just(""),
    st.text(max_size=8),
)
"""Versions, and what people write for one."""

times = st.datetimes().map(lambda moment: moment.strftime("%Y").zfill(4) + _rest(moment))


def _rest(moment: Any) -> str:  # noqa: ANN401
    return f"{moment:-%m-%dT%H:%M:%S}.{moment.microsecond:06d}Z"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
unknown_fields = st.dictionaries(
    st.text(min_size=1, max_size=6).map("x{}".format), json_values, max_size=3
)
"""Fields that no version of the API has: all names of known ones begin with another letter."""

specs = st.builds(
    lambda known, unknown: known | unknown,
    st.fixed_dictionaries(
        {},
        optional={
            "leaseName": st.sampled_from(["my-lease", "other", "", "Not A Name"]),
            "binaryVersion": near_versions,
            "emulationVersion": near_versions,
            "strategy": st.sampled_from(["OldestEmulationVersion", "", "example.com/s", "/", "x"]),
            "pingTime": st.none() | times,
            "renewTime": st.none() | times,
        },
    ),
    unknown_fields,
)

metadatas = st.builds(
    lambda known, unknown: known | unknown,
    st.fixed_dictionaries(
        {"name": st.sampled_from(["cand-1", "", "a/b"]), "namespace": st.just("default")},
        optional={
            "uid": st.just("5e4c9f06"),
            "resourceVersion": st.sampled_from(["1", ""]),
            "generation": st.integers(-1, 3),
            "labels": st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=3),
            "annotations": st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=3),
            "finalizers": st.lists(st.sampled_from(["orphan", "a.com/b", "!"]), max_size=3),
            "ownerReferences": st.lists(
                st.fixed_dictionaries(
                    {"apiVersion": st.just("v1"), "kind": st.just("Pod"), "name": st.just("p")},
                    optional={"uid": st.just("u"), "controller": st.booleans()},
                ),
                max_size=3,
            ),
        },
    ),
    unknown_fields,
)

candidates = st.builds(
    lambda metadata, spec, unknown: (
        unknown
        | {
            "apiVersion": "coordination.k8s.io/v1beta1",
            "kind": "LeaseCandidate",
            "metadata": metadata,
            "spec": spec,
        }
    ),
    metadatas,
    specs,
    unknown_fields,
)
"""LeaseCandidates as JSON, most of them not valid."""

valid_specs = st.builds(
    lambda version, strategy: {
        "leaseName": "my-lease",
        "binaryVersion": version,
        "emulationVersion": version,
        "strategy": strategy,
    },
    versions().filter(lambda version: not version.startswith("0.0.0")),
    st.sampled_from(["OldestEmulationVersion", "example.com/s"]),
)
