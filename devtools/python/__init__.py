"""A Debian root file system with the Python of the image, in which commands of a checkout run.

``python -m devtools.python COMMAND…`` (``make test-python``) runs a command in it. It is made of
Debian packages, from the mirror that this machine's own apt uses, and kept in the cache.
"""
