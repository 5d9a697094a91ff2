"""The Kubernetes API, by lightkube, behind small classes that can be left out.

Everything here answers from memory or in the background: no review ever waits for the API server.
"""
