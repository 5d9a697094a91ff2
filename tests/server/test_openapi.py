"""The served OpenAPI document, and what schemathesis makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import negative_data_rejection

import app
from app.server.openapi import openapi_document

if TYPE_CHECKING:
    import httpx2

    from tests.server.running import RunningServer

DOCUMENT = openapi_document("leasegate", app.__version__)
# Its table of edge cases is a thousand requests for each endpoint; test_errors has a shorter one.
CONFIG = SchemathesisConfig.from_dict({"phases": {"coverage": {"enabled": False}}})
schema = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG)


def test_the_document_is_served(client: httpx2.Client) -> None:
    assert client.get("/openapi.json").raise_for_status().json() == DOCUMENT


@schema.parametrize()
@settings(max_examples=30)
def test_every_answer_is_as_the_document_says(
    case: schemathesis.Case[Any], server: RunningServer
) -> None:
    case.call_and_validate(
        base_url=server.url,
        verify=str(server.ca),
        # What is not read is not checked: the object of a DELETE, or of another resource.
        excluded_checks=[negative_data_rejection],
    )
