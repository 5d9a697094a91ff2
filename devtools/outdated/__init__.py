"""Which pins of the project have a newer release: Python packages, Go modules, the image's base.

``python -m devtools.outdated`` (``make outdated``) asks the package index and the Go module proxy
that pip, uv and go are set up for, each about what is pinned and nothing else.
"""
