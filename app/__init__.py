"""leasegate: an admission webhook for Kubernetes LeaseCandidate objects.

Data flows one way: bytes -> Review -> Verdict -> bytes. `leasecandidate` says what may be written,
`admission` speaks the AdmissionReview protocol, `webhooks` joins the two, `server` puts them on the
network and `cli` starts it all.
"""

__version__ = "0.1.0"
