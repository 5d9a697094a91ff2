"""A FastAPI endpoint as its documentation has one write it: models in, models out, three rules.

usage: python -m bench.servers.fastapi_endpoint PORT CERTIFICATE KEY
"""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from semver import Version


class Part(BaseModel):
    """What all models share."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Spec(Part):
    """The spec of a candidate."""

    lease_name: str
    binary_version: str
    emulation_version: str = ""
    strategy: str


class Candidate(Part):
    """A candidate."""

    spec: Spec


class Request(Part):
    """What is asked."""

    uid: str
    operation: str
    object: Candidate
    old_object: Candidate | None = None


class Status(Part):
    """Why it is denied."""

    code: int
    message: str


class Response(Part):
    """What is answered."""

    uid: str
    allowed: bool
    status: Status | None = None


class Review(Part):
    """The envelope."""

    api_version: str
    kind: str
    request: Request


class Answer(Part):
    """The envelope of the answer."""

    api_version: str
    kind: str
    response: Response


app = FastAPI()


@app.post("/validate", response_model_exclude_none=True)
async def validate(review: Review) -> Answer:
    """Check the versions and that the lease stays the same."""
    spec, old = review.request.object.spec, review.request.old_object
    problem = ""
    if not (Version.is_valid(spec.binary_version) and Version.is_valid(spec.emulation_version)):
        problem = "versions must be semantic versions"
    elif Version.parse(spec.binary_version) < Version.parse(spec.emulation_version):
        problem = "binaryVersion must not be below emulationVersion"
    elif old is not None and spec.lease_name != old.spec.lease_name:
        problem = "leaseName is immutable"
    return Answer(
        api_version=review.api_version,
        kind=review.kind,
        response=Response(
            uid=review.request.uid,
            allowed=not problem,
            status=Status(code=422, message=problem) if problem else None,
        ),
    )


if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        access_log=False,
        log_level="warning",
        timeout_keep_alive=120,
        ssl_certfile=sys.argv[2],
        ssl_keyfile=sys.argv[3],
    )
