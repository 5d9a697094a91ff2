"""How kube-apiserver elects the leader of a Lease among its candidates, as pure functions.

`model` is what an election looks at, `pick` who is best, `step` what kube-apiserver does next.
Source: KEP-4355 and kubernetes `pkg/controlplane/controller/leaderelection`, whose step is the same
in v1.34.4, v1.36.3 and v1.37.2.
"""

from app.leasecandidate.election.model import (
    ELECTION_DURATION,
    REQUEUE_INTERVAL,
    Candidate,
    Lease,
)
from app.leasecandidate.election.pick import electees, is_electable, place, strategies
from app.leasecandidate.election.step import End, Step, outcomes, step

__all__ = [
    "ELECTION_DURATION",
    "REQUEUE_INTERVAL",
    "Candidate",
    "End",
    "Lease",
    "Step",
    "electees",
    "is_electable",
    "outcomes",
    "place",
    "step",
    "strategies",
]
