"""Compare the election's step as we know it with that of kube-apiserver's own controller.

`controller/` is a Go program that holds the real one, `build` builds it for a pinned Kubernetes,
`cases` draws cases, `compare` asks both.
"""
