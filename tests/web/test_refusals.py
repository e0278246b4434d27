"""What must not come in is refused with the documented error, and nothing of a case reaches the log."""

from __future__ import annotations

import json
import logging

import pytest

from hoofbeat.apps.web import ServeOptions
from hoofbeat.apps.web.text_log import LOG, Lines
from hoofbeat.errors import UsageError

TOKEN = "a-token-of-some-length"  # noqa: S105 (made up)
SECRET = "Zaphodsrashword"  # noqa: S105 (a word to look for in the log)


@pytest.fixture
def lines():
    """What the server writes to its log, as it is written."""
    kept: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record):
            kept.append(Lines().format(record))

    handler, level = Keep(), LOG.level
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    yield kept
    LOG.removeHandler(handler)
    LOG.setLevel(level)


def refused(answer, status, kind):
    assert answer.status_code == status, answer.text
    told = answer.json()["error"]
    assert told["kind"] == kind
    assert told["what"]
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["cache-control"] == "no-store"


def body(word: str) -> dict[str, object]:
    return {"case": {"findings": [word]}}


def test_oversize(client, lines):
    refused(client.post("/api/rank", json=body(SECRET * 100_000)), 413, "too-large")
    told = {"content-length": "9999999999", "content-type": "application/json"}
    refused(client.post("/api/rank", content=b"{}", headers=told), 413, "too-large")
    assert lines
    assert SECRET not in "".join(lines)


@pytest.mark.parametrize("deep", ["[" * 60 + "]" * 60, '{"a":' * 60 + "1" + "}" * 60, "[" * 100_000])
def test_deep_json(client, deep):
    answer = client.post("/api/rank", content=deep, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["kind"] in ("too-deep", "not-json")


@pytest.mark.parametrize(
    "odd", ["NaN", '{"a": 1, "a": 2}', "1" * 5_000, "\\ud800", '{"case": Infinity}', "'words'", ""]
)
def test_json_that_cannot_be_trusted(client, odd):
    answer = client.post("/api/rank", content=odd, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 415, 422)
    assert answer.json()["error"]["what"]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", ""])
def test_wrong_content_type(client, kind):
    answer = client.post("/api/rank", content=b"{}", headers={"content-type": kind} if kind else {})
    refused(answer, 415, "wrong-content-type")


def test_a_form_is_not_taken_where_json_belongs(client):
    refused(client.post("/api/rank", data={"case": "x"}), 415, "wrong-content-type")
    refused(client.post("/", json={}), 415, "wrong-content-type")


def test_html_in_a_finding_is_words_and_stays_out_of_the_log(client, lines):
    evil = f"<script>alert('{SECRET}')</script>"
    answer = client.post("/api/rank", json=body(evil))
    assert answer.status_code == 422
    assert answer.json()["error"]["kind"] == "unknown-term"
    page = client.post(
        "/", data={"add": evil, "f-0-term": evil, "case-id": evil, "f-0-said": evil, "rash-since": evil}
    )
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert SECRET not in "".join(lines)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../../../etc/passwd",
        "/static/..%2f..%2f..%2fetc%2fpasswd",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/static//etc/passwd",
        "/diseases/..%2f..%2fetc%2fpasswd",
        "/sources/..%5c..%5cwin.ini",
        "/leaflets/%00",
    ],
)
def test_path_traversal(client, path):
    # the client must not tidy the path up before it is sent
    answer = client.get(f"http://127.0.0.1:8765{path}")
    assert answer.status_code in (400, 404)
    assert "root:" not in answer.text


def test_wrong_token_and_right_token(served_with):
    options = ServeOptions(host="0.0.0.0", token=TOKEN)  # noqa: S104 (asked for, to be refused or guarded)
    with served_with(options) as guarded:
        refused(guarded.post("/api/rank", json=body("weight loss")), 401, "no-token")
        wrong = {"authorization": "Bearer " + TOKEN[:-1] + "x"}
        refused(guarded.post("/api/rank", json=body("weight loss"), headers=wrong), 401, "no-token")
        right = {"authorization": "Bearer " + TOKEN}
        assert guarded.post("/api/rank", json=body("weight loss"), headers=right).status_code == 200
        assert guarded.get("/health").status_code == 200
        turned = guarded.get("/diseases", headers={"accept": "text/html"}, follow_redirects=False)
        assert (turned.status_code, turned.headers["location"]) == (303, "/enter?to=/diseases")


def test_entering_sets_a_cookie_that_does_not_hold_the_token(served_with):
    options = ServeOptions(host="0.0.0.0", token=TOKEN)  # noqa: S104 (asked for, to be refused or guarded)
    with served_with(options) as guarded:
        assert guarded.post("/enter", data={"token": "no"}).status_code == 401
        come = guarded.post("/enter", data={"token": TOKEN, "to": "//evil.example"}, follow_redirects=False)
        assert (come.status_code, come.headers["location"]) == (303, "/")
        cookie = come.headers["set-cookie"]
        assert TOKEN not in cookie
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        assert guarded.get("/", headers={"accept": "text/html"}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "let_in"),
    [
        ({"origin": "http://127.0.0.1:8765"}, True),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site", "origin": "http://localhost:9999"}, False),
        ({"origin": "null"}, False),
    ],
)
def test_only_our_own_pages_may_post(client, headers, let_in):
    answer = client.post("/", data={"add": "weight loss"}, headers=headers)
    assert (answer.status_code == 200) == let_in
    if not let_in:
        refused(answer, 403, "other-origin")


def test_another_name_for_this_computer_is_not_answered(client):
    refused(client.get("/", headers={"host": "rebound.example"}), 421, "wrong-host")
    assert client.get("/health", headers={"host": "[::1]:8765"}).status_code == 200


def test_too_many_fields(client):
    answer = client.post("/", data={f"f-{n}-term": "x" for n in range(5_000)})
    refused(answer, 400, "bad-form")


@pytest.mark.parametrize(
    "options",
    [
        {"host": "0.0.0.0"},  # noqa: S104 (asked for, to be refused or guarded)
        {"host": "192.168.1.4", "token": "short"},
        {"certificate": "only-one-of-two.pem"},
        {"smart_servers": ("http://ehr.example.org/fhir",)},
        {"cds_origins": ("javascript:alert(1)",)},
    ],
)
def test_unsafe_options_are_refused(options):
    with pytest.raises(UsageError) as fault:
        ServeOptions(**options).checked()
    assert fault.value.remedy


def test_every_answer_carries_the_headers(client):
    for path in ("/", "/health", "/static/hoofbeat.css", "/nothing"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert client.get("/").headers["cache-control"] == "no-store"


def test_a_fault_of_ours_shows_and_logs_no_value(client, lines, monkeypatch):
    from hoofbeat.apps.web import api

    def fall(*_):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(api, "_answer", fall)
    answer = client.post("/api/rank", json=body("weight loss"))
    refused(answer, 500, "fault")
    assert SECRET not in answer.text
    assert SECRET not in "".join(lines)
    assert any(json.loads(line)["event"] == "fault" for line in lines)


def test_the_log_holds_no_finding_no_query_and_no_path(client, lines):
    client.get("/api/terms", params={"q": SECRET})
    client.get(f"/diseases/{SECRET}")
    client.get(f"/{SECRET}")
    client.post("/", data={"add": SECRET})
    client.post("/suggest", data={"q": SECRET})
    assert len(lines) == 5
    assert SECRET not in "".join(lines)
    assert {"method", "route", "status", "ms", "bytes"} <= set(json.loads(lines[0]))
