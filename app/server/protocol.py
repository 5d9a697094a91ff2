"""uvicorn's HTTP/1.1 protocol, with our own words for what is not HTTP."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.admission.status import status_body


class AdmissionProtocol(HttpToolsProtocol):
    """One connection."""

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are not HTTP/1.1 with a Status, and close."""
        body = status_body(400, f"the request is not HTTP/1.1: {msg}")
        self.transport.write(
            STATUS_LINE[400]
            + b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
            % len(body)
            + body
        )
        self.transport.close()
