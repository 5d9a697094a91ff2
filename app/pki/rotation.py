"""How certificates that leasegate manages itself are rotated: one pure function decides.

Every replica runs the same steps again and again, without a leader: read both webhook
configurations, then the Secret; ask `plan`; write the Secret by compare-and-swap, publish the
bundle, switch the leaf that is served. The order of the reads matters: what is seen published was
then decided by a Secret at least as old as the one that is read.

A new CA is published beside the old one, the wait until every kube-apiserver can have it comes
next, then the leaf is issued anew, and the old CA goes only after every replica was seen serving a
leaf of the new one. Replicas are seen through the Secret: each registers there what it serves, and
what it will serve before it does, and is ready only while that is registered.

Times are seconds since 1970 on the wall clock, since CAs outlive processes and machines sleep.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.pki.rotation_terms import (
    AddAuthority,
    Authority,
    Change,
    ConfirmLeaf,
    DropAuthorities,
    Forget,
    IssueLeaf,
    Leaf,
    Plan,
    RecordPublished,
    Register,
    RestoreAuthorities,
    RestoreLeaf,
    View,
)

if TYPE_CHECKING:
    from app.pki.lifetimes import Lifetimes


def plan(view: View, lifetimes: Lifetimes) -> Plan:
    """Decide what a replica does next. Nothing is ever made worse by doing it twice or late."""
    if changes := _restoring(view, lifetimes):
        return Plan(changes)
    coming = _leaf_to_adopt(view, lifetimes)
    adopt = coming if coming is not None and _may_adopt_now(view, coming) else None
    changes = (
        *_recording(view, lifetimes),
        *(_registering(view, coming) if adopt is None else ()),
        *_forgetting(view, lifetimes),
        *_issuing(view, lifetimes),
        *_dropping(view, lifetimes),
    )
    bundle = tuple(authority.fingerprint for authority in view.state.authorities)
    is_published = all(set(found) == set(bundle) for found in view.published)
    return Plan(changes, None if is_published or not bundle else bundle, adopt)


def is_propagated(view: View, fingerprint: str, lifetimes: Lifetimes) -> bool:
    """Whether every kube-apiserver can be taken to trust this authority.

    Wall clock and the clock of this process must both say so: the first may jump, and the second
    knows only what the process saw itself.
    """
    authority = view.state.authority(fingerprint)
    if authority is None or authority.published_at is None:
        return False
    if not all(fingerprint in found for found in view.published):
        return False
    if authority.is_first:
        return True
    return (
        view.now - authority.published_at >= lifetimes.propagation
        and view.seen_published.get(fingerprint, 0.0) >= lifetimes.propagation
    )


def is_early(view: View, lifetimes: Lifetimes) -> bool:
    """Whether some kube-apiserver may not have the CA of the served leaf yet.

    The Secret says so of a leaf that had to be issued before its CA was published; what it lost,
    the replica that serves the leaf remembers.
    """
    leaf = view.serving
    if leaf is None or is_propagated(view, leaf.issuer, lifetimes):
        return False
    issuer = view.state.authority(leaf.issuer)
    if view.state.leaf == leaf and issuer is not None and issuer.published_at is not None:
        return view.state.early == leaf.fingerprint
    return view.was_early


def may_be_ready(view: View, lifetimes: Lifetimes) -> str | None:
    """Return why this replica must get no requests now, or None where it may."""
    leaf = view.serving
    if leaf is None:
        return "there is no certificate to serve yet"
    if not leaf.is_valid(view.now + lifetimes.clock_margin):
        return "the certificate has expired"
    if not _is_kept(view, leaf):
        return "the served certificate is not registered in the Secret yet"
    # Where one bundle alone is empty, somebody has just made or reset it, and it will be filled;
    # to be unready meanwhile would let the other webhook fail too.
    bundles = [found for found in view.published if found]
    if not bundles or not all(leaf.issuer in found for found in bundles):
        return "the caBundle of a webhook does not verify the served certificate"
    if is_early(view, lifetimes):
        return "waiting until every kube-apiserver has the new caBundle"
    return None


def _is_kept(view: View, leaf: Leaf) -> bool:
    """Whether nobody drops the CA of this leaf while it is served.

    It is registered; or the register was lost, and then whoever writes the Secret next keeps that
    CA for as long as a leaf may live (`_restoring`). To be unready for that would help nobody.
    """
    state = view.state
    if leaf in state.replicas.get(view.replica, ()):
        return True
    issuer = state.authority(leaf.issuer)
    if issuer is None:
        return leaf.issuer not in state.dropped
    return issuer.keep_until >= leaf.not_after


def _restoring(view: View, lifetimes: Lifetimes) -> tuple[Change, ...]:
    """Bring back what the Secret lost, before anything else is decided on its word."""
    state = view.state
    known = {authority.fingerprint for authority in state.authorities} | state.dropped
    missing = {
        fingerprint: authority
        for found in view.published
        for fingerprint, authority in found.items()
        if fingerprint not in known and view.now < authority.not_after
    }
    serving = view.serving if view.serving and view.serving.is_valid(view.now) else None
    if serving is not None and serving.issuer not in known | set(missing):
        # Its certificate is in memory; that it expires no sooner than its leaf is all we know.
        missing[serving.issuer] = Authority(serving.issuer, serving.not_after)
    changes: list[Change] = []
    if missing:
        # With the Secret went the register of who serves what.
        until = view.now + lifetimes.leaf + lifetimes.clock_margin
        changes.append(
            RestoreAuthorities(
                tuple(replace(authority, keep_until=until) for authority in missing.values())
            )
        )
    early = is_early(view, lifetimes)
    is_forgotten = early and state.leaf == serving and state.early == ""
    if serving is not None and (state.leaf is None or is_forgotten):
        changes.append(RestoreLeaf(serving, early))
    return tuple(changes)


def _recording(view: View, lifetimes: Lifetimes) -> tuple[Change, ...]:
    """Record what was found in every bundle; a time in the future was written by a wrong clock."""
    new = frozenset(
        authority.fingerprint
        for authority in view.state.authorities
        if all(authority.fingerprint in found for found in view.published)
        and (
            authority.published_at is None
            or authority.published_at > view.now + lifetimes.clock_margin
        )
    )
    changes: list[Change] = [RecordPublished(new)] if new else []
    leaf = view.state.leaf
    if leaf is not None and view.state.early == leaf.fingerprint:
        changes += [ConfirmLeaf()] * is_propagated(view, leaf.issuer, lifetimes)
    return tuple(changes)


def _may_adopt_now(view: View, coming: Leaf) -> bool:
    """Whether the register has what comes; who can serve nothing anyway need not wait for it."""
    serving = view.serving
    if serving is None or not serving.is_valid(view.now):
        return True
    return coming in view.state.replicas.get(view.replica, ())


def _registering(view: View, coming: Leaf | None) -> tuple[Change, ...]:
    leaves = tuple(leaf for leaf in (view.serving, coming) if leaf is not None)
    if not leaves or view.state.replicas.get(view.replica) == leaves:
        return ()
    return (Register(view.replica, leaves),)


def _forgetting(view: View, lifetimes: Lifetimes) -> tuple[Change, ...]:
    """Forget replicas whose leaf has expired: they cannot be ready."""
    gone = frozenset(
        replica
        for replica, leaves in view.state.replicas.items()
        if replica != view.replica
        and not any(leaf.is_valid(view.now - lifetimes.clock_margin) for leaf in leaves)
    )
    return (Forget(gone),) if gone else ()


def _issuing(view: View, lifetimes: Lifetimes) -> tuple[Change, ...]:
    state, now = view.state, view.now
    newest = state.newest
    if newest is None or not state.can_issue or _ends_too_soon(newest, now, lifetimes):
        bootstrap = state.leaf is None or not state.leaf.is_valid(now)
        is_first = not state.authorities and not any(view.published)
        add = AddAuthority(is_first)
        return (add, IssueLeaf(is_early=True)) if bootstrap else (add,)
    leaf = state.leaf
    if leaf is not None and leaf.issuer == newest.fingerprint == state.unwanted:
        return (AddAuthority(is_first=False),)
    if leaf is None or not leaf.is_valid(now):
        return (IssueLeaf(is_early=not is_propagated(view, newest.fingerprint, lifetimes)),)
    if leaf.issuer == newest.fingerprint:
        still_early = state.early == leaf.fingerprint
        due = leaf.not_after - now < lifetimes.look_ahead
        return (IssueLeaf(is_early=still_early),) if due else ()
    return (IssueLeaf(),) if is_propagated(view, newest.fingerprint, lifetimes) else ()


def _ends_too_soon(authority: Authority, now: float, lifetimes: Lifetimes) -> bool:
    return authority.not_after - now < lifetimes.leaf + lifetimes.look_ahead


def _leaf_to_adopt(view: View, lifetimes: Lifetimes) -> Leaf | None:
    leaf, serving = view.state.leaf, view.serving
    if leaf is None or leaf == serving or not leaf.is_valid(view.now):
        return None
    if serving is None or not serving.is_valid(view.now) or leaf.issuer == serving.issuer:
        return leaf
    if not all(serving.issuer in found for found in view.published):
        return leaf
    return leaf if is_propagated(view, leaf.issuer, lifetimes) else None


def _dropping(view: View, lifetimes: Lifetimes) -> tuple[Change, ...]:
    """Drop what no replica serves any more; what has expired verifies nothing anyway."""
    state, newest = view.state, view.state.newest
    if newest is None or state.leaf is None:
        return ()
    expired = {one.fingerprint for one in state.authorities if one.not_after <= view.now}
    served = {
        leaf.issuer
        for leaves in state.replicas.values()
        for leaf in leaves
        if leaf.is_valid(view.now - lifetimes.clock_margin)
    }
    everybody_switched = (
        served == {newest.fingerprint}
        and state.leaf.issuer == newest.fingerprint
        and view.serving is not None
        and view.serving.issuer == newest.fingerprint
    )
    unused = {
        one.fingerprint
        for one in state.authorities[:-1]
        if everybody_switched and one.keep_until <= view.now
    }
    old = (expired | unused) - {newest.fingerprint}
    return (DropAuthorities(frozenset(old)),) if old else ()
