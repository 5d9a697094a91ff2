"""What `leasegate serve` is told; made by the command from its flags, then passed on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.log import LogFormat

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


class CertificateMode(StrEnum):
    """Where the serving certificate comes from."""

    FILES = "files"
    DEV = "dev"


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """Settings of the server.

    `certificate_file` and `key_file` are read in mode `files`, `certificates_folder` holds
    the development certificates of mode `dev`. `body_limit` is in bytes; `now` replaces the
    current time for trying things out.
    """

    host: str
    port: int
    certificates: CertificateMode
    certificate_file: Path
    key_file: Path
    certificates_folder: Path
    body_limit: int
    documentation: bool = False
    now: datetime | None = None
    log_format: LogFormat = LogFormat.TEXT
