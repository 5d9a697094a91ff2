"""Parity by differential testing: a real kube-apiserver and our rules are asked the same.

`candidates` makes them from a seed, `server` asks the one, `ours` the other, `difference` compares
the answers, `run` does that many times, `report` and `document` write down what came of it.
`python -m devtools.parity` is a run of any size.

What is compared: accepted or not; every cause (reason, field, message) and their order; what is
stored. Of a body that the server cannot decode, accepted or refused only: its words are those of
Go's decoder.
"""
