"""The composition root: assembles hooks, certificates, cluster and server from settings."""
