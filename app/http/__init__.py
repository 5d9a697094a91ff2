"""HTTP/1.1 over TLS with limits, for any ASGI application; knows nothing of admission."""
