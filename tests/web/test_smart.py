"""A launch from a record system: only from a named one, with a proof, the chart only as proposals."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from hoofbeat.apps.web import ServeOptions


class RecordSystem(BaseHTTPRequestHandler):
    """A record system of a few lines, on this computer: permission, one patient, one chart."""

    chart: dict[str, object]
    seen: list[str]
    challenge = ""

    def log_message(self, *_):
        """Say nothing."""

    def _send(self, data, status=200):
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        here = f"http://127.0.0.1:{self.server.server_port}"
        path = urlsplit(self.path)
        type(self).seen.append(path.path)
        if path.path.endswith("smart-configuration"):
            self._send({"authorization_endpoint": f"{here}/authorize", "token_endpoint": f"{here}/token"})
            return
        if self.headers.get("authorization") != "Bearer for-one-reading":
            self._send({}, 401)
            return
        kind = path.path.split("/")[2]
        found = [e for e in self.chart["entry"] if e["resource"]["resourceType"] == kind]
        self._send(found[0]["resource"] if kind == "Patient" else {"resourceType": "Bundle", "entry": found})

    def do_POST(self):
        told = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        digest = hashlib.sha256(told["code_verifier"][0].encode()).digest()
        proven = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == type(self).challenge
        self._send(
            {"access_token": "for-one-reading", "patient": "invented-1"} if proven else {},
            200 if proven else 400,
        )


@pytest.fixture
def record_system(chart):
    RecordSystem.chart, RecordSystem.seen, RecordSystem.challenge = chart, [], ""
    server = HTTPServer(("127.0.0.1", 0), RecordSystem)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/fhir"
    server.shutdown()
    server.server_close()
    thread.join()


def begin(client, iss):
    return client.get("/smart/launch", params={"iss": iss, "launch": "xyz"}, follow_redirects=False)


def test_a_launch_reads_the_chart_as_proposals(served_with, record_system):
    with served_with(ServeOptions(smart_servers=(record_system,))) as client:
        sent = begin(client, record_system)
        assert sent.status_code == 303
        asked = parse_qs(urlsplit(sent.headers["location"]).query)
        assert asked["aud"] == [record_system]
        assert asked["code_challenge_method"] == ["S256"]
        RecordSystem.challenge = asked["code_challenge"][0]
        back = client.get("/smart/callback", params={"state": asked["state"][0], "code": "one"})
        assert back.status_code == 200, back.text[:300]
        assert "Weight loss" in back.text
        assert 'id="differential"' not in back.text  # only proposed
        assert "for-one-reading" not in back.text
        again = client.get("/smart/callback", params={"state": asked["state"][0], "code": "one"})
        assert again.status_code == 400  # the launch was used up


def test_a_system_that_was_not_named_is_refused(served_with, record_system):
    with served_with() as client:
        answer = begin(client, record_system)
        assert (answer.status_code, answer.json()["error"]["kind"]) == (403, "unknown-server")
    assert RecordSystem.seen == []


def test_a_state_that_was_not_ours_is_refused(served_with, record_system):
    with served_with(ServeOptions(smart_servers=(record_system,))) as client:
        begin(client, record_system)
        answer = client.get("/smart/callback", params={"state": "guessed", "code": "one"})
        assert (answer.status_code, answer.json()["error"]["kind"]) == (400, "launch-lost")


def test_a_cookie_made_elsewhere_is_refused(served_with, record_system):
    with served_with(ServeOptions(smart_servers=(record_system,))) as client:
        client.cookies.set("hoofbeat-launch", "e30.00", path="/smart/")
        assert client.get("/smart/callback", params={"state": "x", "code": "y"}).status_code == 400
