"""The cache knows the other candidates of a lease, and nothing that it need not know."""

from __future__ import annotations

import pytest

from app.cluster.candidate_cache import CachedCandidate, CandidateCache
from app.cluster.watch_status import STALE_SECONDS, WATCH_SECONDS, WatchState
from app.leasecandidate import LeaseCandidate, MicroTime

NOW = "2026-11-22T08:50:00.000000Z"


def stored(
    name: str, lease: str = "lease", namespace: str = "default", **spec: object
) -> CachedCandidate:
    return CachedCandidate.of(namespace, name, {"leaseName": lease, **spec})


def candidate(name: str, lease: str = "lease", namespace: str = "default") -> LeaseCandidate:
    return LeaseCandidate.model_validate(
        {"metadata": {"name": name, "namespace": namespace}, "spec": {"leaseName": lease}}
    )


@pytest.fixture
def cache() -> CandidateCache:
    cache = CandidateCache(capacity=3)
    cache.state = WatchState.SYNCED
    cache.know()
    return cache


def strategies(cache: CandidateCache, name: str = "me", **where: str) -> list[str]:
    found = cache.siblings(candidate(name, **where))
    assert found is not None
    return sorted(sibling.strategy for sibling in found)


def test_siblings_share_namespace_and_lease_and_exclude_the_candidate(
    cache: CandidateCache,
) -> None:
    cache.put(stored("me", strategy="mine"))
    cache.put(stored("other", strategy="theirs"))
    cache.put(stored("stranger", lease="another", strategy="x"))
    assert strategies(cache) == ["theirs"]
    assert strategies(cache, lease="another") == ["x"]
    assert strategies(cache, namespace="elsewhere") == []


def test_a_changed_candidate_replaces_what_it_was_even_under_another_lease(
    cache: CandidateCache,
) -> None:
    cache.put(stored("other", strategy="old"))
    cache.put(stored("other", lease="moved", strategy="new"))
    assert strategies(cache) == []
    assert strategies(cache, lease="moved") == ["new"]
    assert len(cache) == 1


def test_a_deleted_candidate_is_forgotten_and_an_unknown_one_is_no_error(
    cache: CandidateCache,
) -> None:
    cache.put(stored("other"))
    cache.remove(stored("other"))
    cache.remove(stored("other"))
    assert strategies(cache) == []
    assert len(cache) == 0


def test_a_fresh_list_forgets_what_is_gone(cache: CandidateCache) -> None:
    cache.put(stored("gone", strategy="gone"))
    cache.replace([stored("there", strategy="there")])
    assert strategies(cache) == ["there"]


def test_siblings_are_not_known_before_they_are_listed_nor_once_they_are_forgotten() -> None:
    cache = CandidateCache()
    assert cache.siblings(candidate("me")) is None
    cache.replace([stored("other")])
    cache.know()
    assert cache.siblings(candidate("me")) is not None
    cache.lose()
    assert cache.siblings(candidate("me")) is None


@pytest.mark.parametrize(
    ("silence", "known"),
    [
        pytest.param(WATCH_SECONDS, True, id="as long as a watch may be silent"),
        pytest.param(STALE_SECONDS, True, id="a minute more"),
        pytest.param(STALE_SECONDS + 1, False, id="longer than that"),
    ],
)
def test_what_is_known_is_good_for_a_minute_longer_than_a_watch_may_be_silent(
    silence: float, known: bool
) -> None:
    now = [0.0]
    cache = CandidateCache(clock=lambda: now[0])
    cache.replace([stored("other")])
    cache.know()
    cache.state, cache.detail = WatchState.CONNECTING, "no answer"
    now[0] += silence
    assert (cache.siblings(candidate("me")) is not None) is known
    assert ("siblings are not known" in cache.note()) is not known
    assert cache.note().startswith("connecting: no answer; nothing was heard since 20")
    cache.hear()
    assert cache.siblings(candidate("me")) is not None


@pytest.mark.parametrize(
    ("state", "warned"),
    [
        pytest.param(WatchState.CONNECTING, True, id="the API server is away"),
        pytest.param(WatchState.SYNCED, True, id="it said nothing for too long"),
        pytest.param(WatchState.OVERFLOWED, True, id="there are too many"),
        pytest.param(WatchState.NOT_SERVED, False, id="there are no candidates at all"),
        pytest.param(WatchState.IDLE, False, id="no rule asks"),
    ],
)
def test_a_review_that_is_not_compared_is_warned_of_and_counted(
    state: WatchState, warned: bool
) -> None:
    cache = CandidateCache()
    cache.state = state
    assert ("did not compare" in cache.miss()) is warned
    assert cache.missed == warned


def test_more_candidates_than_the_capacity_make_siblings_unknown(cache: CandidateCache) -> None:
    cache.replace(stored(f"c{number}") for number in range(5))
    assert cache.siblings(candidate("me")) is None
    assert "more than 3" in cache.detail
    assert len(cache) == 3


def test_long_texts_are_kept_as_digests_that_still_tell_them_apart(cache: CandidateCache) -> None:
    long = "x" * 1_000_000
    cache.put(stored("one", lease=long, strategy=long))
    cache.put(stored("two", lease=long, strategy=long + "y"))
    found = strategies(cache, lease=long)
    assert len(set(found)) == 2
    assert max(map(len, found)) < 256


@pytest.mark.parametrize("wrong", [None, 3, [], {}, "yesterday"])
def test_what_is_no_text_or_no_time_counts_as_absent(cache: CandidateCache, wrong: object) -> None:
    cache.put(
        stored("other", renewTime=wrong, binaryVersion=wrong if wrong != "yesterday" else None)
    )
    found = cache.siblings(candidate("me"))
    assert found is not None
    assert found[0].renew_time is None
    assert found[0].binary_version == ""


def test_a_time_is_read(cache: CandidateCache) -> None:
    cache.put(stored("other", renewTime=NOW))
    found = cache.siblings(candidate("me"))
    assert found is not None
    assert found[0].renew_time == MicroTime.parse(NOW)
