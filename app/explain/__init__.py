"""Explains elections: who leads a Lease, why, what stops it, what happens next, what would help.

`objects` reads Leases and LeaseCandidates as the API writes them, `files` finds them in files,
`snapshot` is all of them at one moment, `diagnosis` judges one Lease, `text` and `json_report` say
it, `assume` says what would be.
"""
