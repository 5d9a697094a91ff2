"""HTTP: the FastAPI application, its endpoints and limits, and the TLS listener it runs on."""
