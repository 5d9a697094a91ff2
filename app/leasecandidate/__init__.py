"""What a LeaseCandidate is and what may be written. Pure: no clock, no I/O, no web, no cluster.

`spec` and `objectmeta` are the object, `version`, `microtime` and `name_format` its formats,
`rules` what may be written, `election` how a leader is picked, `normalize` what the mutating
webhook rewrites.
"""

from app.leasecandidate.microtime import MicroTime
from app.leasecandidate.objectmeta import ObjectMeta, OwnerReference
from app.leasecandidate.spec import LeaseCandidate, LeaseCandidateSpec
from app.leasecandidate.version import Version

__all__ = [
    "LeaseCandidate",
    "LeaseCandidateSpec",
    "MicroTime",
    "ObjectMeta",
    "OwnerReference",
    "Version",
]
