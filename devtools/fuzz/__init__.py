"""`make fuzz`: reviews that somebody changed, through both hooks, in one process.

Nothing but BadReviewError may be raised, the answer names the request, and the same bytes get the
same answer again. The same seed makes the same reviews on every Python, and the digest of all
answers is the same there.
"""
