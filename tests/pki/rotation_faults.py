"""What happens to a cluster in years: each fault changes a modelled one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.pki.rotation import UNKNOWN_LEAF
from app.pki.rotation_state import Ask, State, applied
from tests.pki.rotation_model import WEBHOOKS, Bundle, Cluster, Replica

if TYPE_CHECKING:
    from collections.abc import Callable

Fault = "Callable[[Cluster], None]"
HOUR = 3600.0
DAY = 24 * HOUR


def put(cluster: Cluster, state: State | None = None, **bundles: Bundle) -> None:
    """Change the Secret or caBundles, unless a CA that is served would be gone from everywhere.

    Nobody could keep such a one: no replica can know what another one serves.
    """
    after = cluster.state if state is None else state
    left = [bundles.get(f"bundle{index}", cluster.bundles[index]) for index in range(WEBHOOKS)]
    kept = {one.fingerprint for one in after.authorities}.union(*left)
    served = {one.leaf.issuer for one in cluster.replicas if one.leaf is not None}
    if not served <= kept:
        return
    cluster.state = after
    for index in range(WEBHOOKS):
        if left[index] is not cluster.bundles[index]:
            cluster.set_bundle(index, left[index], is_foreign=True)


def lose_the_secret(cluster: Cluster) -> None:
    put(cluster, State())


def lose_the_keys(cluster: Cluster) -> None:
    authorities = tuple(replace(one, has_key=False) for one in cluster.state.authorities)
    put(cluster, replace(cluster.state, authorities=authorities))


def lose_what_is_known_of_authorities(cluster: Cluster) -> None:
    """Lose rotation.json, and with it the key of the CA before the newest."""
    authorities = tuple(
        replace(
            one,
            leaf=max(UNKNOWN_LEAF, cluster.lifetimes.leaf),
            has_key=one.has_key and one is cluster.state.newest,
            is_propagated=False,
            retired_at=None,
            is_revoked=False,
        )
        for one in cluster.state.authorities
    )
    put(cluster, replace(cluster.state, authorities=authorities))


def lose_an_authority(cluster: Cluster) -> None:
    """Cut ca.crt short."""
    kept = cluster.state.authorities[: cluster.random.randint(0, 1)]
    put(cluster, replace(cluster.state, authorities=kept, dropped=()))


def make_a_backup(cluster: Cluster) -> None:
    cluster.backups.append(cluster.state)


def restore_a_backup(cluster: Cluster) -> None:
    """Restore one; those that were made after it tell of a time that did not happen.

    Not twice within the propagation time: then it says of a CA that was just published again that
    every kube-apiserver has it.
    """
    is_calm = cluster.time - cluster.restored_at > cluster.lifetimes.propagation
    if cluster.backups and is_calm:
        cluster.restored_at = cluster.time
        index = cluster.random.randrange(len(cluster.backups))
        put(cluster, cluster.backups[index])
        del cluster.backups[index + 1 :]


def restart(cluster: Cluster) -> None:
    index = cluster.random.randrange(len(cluster.replicas))
    offset = cluster.replicas[index].offset
    cluster.replicas[index] = Replica(cluster.fresh_name("replica"), offset)


def restart_all(cluster: Cluster) -> None:
    cluster.replicas = [
        Replica(cluster.fresh_name("replica"), one.offset) for one in cluster.replicas
    ]


def let_one_sleep(cluster: Cluster) -> None:
    """Cut one off; it goes on serving what it has."""
    one = cluster.random.choice(cluster.replicas)
    one.held_up_until = cluster.time + cluster.random.choice([60, HOUR, DAY, 12 * DAY, 30 * DAY])


def set_a_clock(cluster: Cluster) -> None:
    one = cluster.random.choice(cluster.replicas)
    one.offset = cluster.random.uniform(-0.5, 0.5) * cluster.lifetimes.clock_margin


def take_the_api_away(cluster: Cluster) -> None:
    cluster.is_away = not cluster.is_away


def make_the_api_read_only(cluster: Cluster) -> None:
    cluster.is_read_only = not cluster.is_read_only


def mend_the_api(cluster: Cluster) -> None:
    cluster.is_away = cluster.is_read_only = False


def empty_a_bundle(cluster: Cluster) -> None:
    put(cluster, bundle0={})


def empty_all_bundles(cluster: Cluster) -> None:
    put(cluster, bundle0={}, bundle1={})


def reset_a_bundle(cluster: Cluster) -> None:
    """Put back what it was some time ago, as an old manifest would."""
    put(cluster, bundle1=dict(cluster.history[1][0].bundle))


def replace_a_bundle(cluster: Cluster) -> None:
    put(cluster, bundle0=foreign(cluster))


def add_to_a_bundle(cluster: Cluster) -> None:
    put(cluster, bundle1={**cluster.bundles[1], **foreign(cluster)})


def foreign(cluster: Cluster) -> Bundle:
    return {cluster.fresh_name("foreign"): cluster.time + cluster.random.choice([DAY, 90 * DAY])}


def ask_for_a_new_authority(cluster: Cluster) -> None:
    cluster.state = applied(cluster.state, Ask())


def run_the_previous_version(cluster: Cluster) -> None:
    until = cluster.time + cluster.random.choice([HOUR, DAY, 20 * DAY])
    cluster.state = replace(cluster.state, previous_until=until)


FAULTS: list[Callable[[Cluster], None]] = [
    lose_the_secret,
    lose_the_keys,
    lose_what_is_known_of_authorities,
    lose_an_authority,
    *[make_a_backup] * 4,
    restore_a_backup,
    *[restart] * 4,
    restart_all,
    *[let_one_sleep] * 3,
    *[set_a_clock] * 3,
    take_the_api_away,
    make_the_api_read_only,
    *[mend_the_api] * 4,
    empty_a_bundle,
    empty_all_bundles,
    reset_a_bundle,
    replace_a_bundle,
    add_to_a_bundle,
    *[ask_for_a_new_authority] * 3,
    run_the_previous_version,
]
