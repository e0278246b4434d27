"""What the OpenAPI document promises, asked by a program that makes up requests, right and wrong."""

from __future__ import annotations

import warnings

import pytest

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

from hypothesis import HealthCheck, settings  # noqa: E402 (schemathesis may be missing)

from hoofbeat.apps.web import create_app  # noqa: E402 (after what may be missing)

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
# words in a case may be right in shape and still name nothing that is known: then 422, with every fault;
# a name with a backslash in it might be a path, and is refused as one: 400
GOOD = [200, 400, 404, 412, 422]


HERE = {"host": "127.0.0.1"}


def _schema():
    from schemathesis.config import SchemathesisConfig

    told = {
        "positive_data_acceptance": {"expected-statuses": GOOD},
        "negative_data_rejection": {"expected-statuses": [400, 404, 405, 408, 413, 415, 422]},
    }
    config = SchemathesisConfig.from_dict({"checks": told})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return schemathesis.openapi.from_asgi("/api/openapi.json", create_app(), config=config, headers=HERE)


@schemathesis.serializer("application/x-ndjson")
def as_lines(_context, value):
    return value.encode("utf-8", "replace") if isinstance(value, str) else b""


schema = _schema()


@schema.parametrize()
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_promise_is_kept(case):
    answer = case.call_and_validate(headers=HERE)  # raises for what the document does not promise
    assert answer.status_code < 500


def test_a_broken_promise_is_noticed():
    app = create_app()

    async def broken(scope, receive, send):
        async def changed(message):
            if message["type"] == "http.response.start" and scope["path"] == "/health":
                message = {**message, "status": 418}
            await send(message)

        await app(scope, receive, changed)

    seen = schemathesis.openapi.from_asgi("/api/openapi.json", broken, headers=HERE)
    with pytest.raises(schemathesis.errors.FailureGroup, match="418"):
        seen["/health"]["GET"].Case().call_and_validate(headers=HERE)
