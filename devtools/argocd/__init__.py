"""Whether Argo CD would call an object OutOfSync, by its own library (gitops-engine, pkg/diff)."""
