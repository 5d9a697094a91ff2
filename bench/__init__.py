"""What a review costs: leasegate and its peers under the same load, in one interleaved run.

A program of its own, started by `make bench`. It shares no process with what it measures.
"""
