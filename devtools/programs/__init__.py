"""The programs the cluster tests run, pinned as Go modules and built once into a cache.

Each folder here with a ``go.mod`` pins one module graph: one per Kubernetes minor, one for etcd,
one for helm. ``python -m devtools.programs`` (``make control-plane``) builds what is missing.
"""
