"""A person's request for another CA, written to the Secret for the replicas to read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from app.errors import LeasegateError
from app.pki.rotation_state import Ask, applied, shortened
from app.pki.secret_state import read_contents
from app.pki.stores import StoreError, StoreProblem

if TYPE_CHECKING:
    from app.pki.lifetimes import Lifetimes
    from app.pki.stores import SecretStore

_TRIES: Final = 10


async def ask_for_rotation(
    secret: SecretStore, *, now: float, lifetimes: Lifetimes, revoke: bool
) -> str:
    """Ask for a new CA; return the sentence that says so.

    With `revoke` the present CAs are trusted only until every replica can use the new one. Raises
    LeasegateError where there is nothing to rotate, and StoreError.
    """
    for _ in range(_TRIES):
        stored = await secret.read()
        contents = read_contents(stored.data, now=now, lifetimes=lifetimes)
        newest = contents.state.newest
        if contents.flaws or newest is None:
            reason = "; ".join(contents.flaws) or "it holds no CA yet"
            raise LeasegateError(
                f"the Secret cannot be rotated: {reason}; a running replica repairs it"
            )
        name = shortened(newest.fingerprint)
        if not newest.is_propagated and not revoke:
            return f"The CA is being replaced by {name} already."
        asked = replace(contents, state=applied(contents.state, Ask(revoke)))
        try:
            await secret.write(asked.to_write(), stored.version)
        except StoreError as error:
            if error.problem is not StoreProblem.CONFLICT:
                raise
        else:
            verb = "revoke" if revoke else "replace"
            return f"Asked the replicas to {verb} the CA {name}."
    raise LeasegateError("the Secret changes all the time; try again")
