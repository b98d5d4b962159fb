"""The real server, with the configuration that ships: whose uploads it takes, and how large."""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

LIMIT = 5 * 1024 * 1024
BOUNDARY = "a-boundary-between-parts"


@pytest.fixture(scope="module")
def host(address: str) -> str:
    return urlsplit(address).netloc


def request(host: str, method: str, path: str, body: bytes = b"", **headers: str) -> http.client.HTTPResponse:
    with contextlib.closing(http.client.HTTPConnection(host, timeout=30)) as connection:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        response.read()
        return response


@pytest.fixture(scope="module")
def token(host: str) -> str:
    cookie = request(host, "GET", "/_stcore/health").headers["Set-Cookie"]
    name, _, value = cookie.partition(";")[0].partition("=")
    assert name == "_streamlit_xsrf"
    return value.strip('"')


@pytest.fixture
def session(host: str, token: str) -> Iterator[str]:
    """The id of a session that is open."""
    socket = connect(
        f"ws://{host}/_stcore/stream",
        subprotocols=["streamlit", token],  # type: ignore[list-item]
        additional_headers={"Cookie": f"_streamlit_xsrf={token}"},
        max_size=None,
        close_timeout=0.2,  # Nobody reads what the server still sends.
    )
    with socket:
        begin = BackMsg()
        begin.rerun_script.query_string = ""
        socket.send(begin.SerializeToString())
        while True:
            message = ForwardMsg.FromString(socket.recv(timeout=30))  # type: ignore[arg-type]
            if message.WhichOneof("type") == "new_session":
                break
        yield message.new_session.initialize.session_id


def upload(host: str, session: str, size: int, token: str = "", cookie: str = "") -> int:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="x.adder"\r\n\r\n'
    body = head.encode() + bytes(size) + f"\r\n--{BOUNDARY}--\r\n".encode()
    headers = {"Content_Type": f"multipart/form-data; boundary={BOUNDARY}"}
    if token:
        headers["X_Xsrftoken"] = token
    if cookie:
        headers["Cookie"] = f"_streamlit_xsrf={cookie}"
    return request(host, "PUT", f"/_stcore/upload_file/{session}/a-file", body, **headers).status


def test_a_file_is_taken_from_the_page_and_from_nobody_else(host: str, token: str, session: str) -> None:
    assert upload(host, session, 1_000, token, token) == 204
    assert upload(host, session, 1_000) == 403
    assert upload(host, session, 1_000, cookie=token) == 403
    assert upload(host, session, 1_000, token=token) == 403
    assert upload(host, session, 1_000, "2|00|00|1", token) == 403
    assert upload(host, "guessed", 1_000, token, token) == 400


def test_a_file_over_the_limit_is_refused(host: str, token: str, session: str) -> None:
    assert upload(host, session, LIMIT - 1_000, token, token) == 204
    assert upload(host, session, LIMIT + 1, token, token) == 413
    assert upload(host, session, 2 * LIMIT, token, token) == 413


def test_another_site_may_not_read_what_the_server_says(host: str, token: str) -> None:
    for path in ("/_stcore/health", "/_stcore/upload_file/x/y"):
        for method in ("GET", "OPTIONS"):
            allowed = request(host, method, path, Origin="http://evil.example").headers.get(
                "Access-Control-Allow-Origin"
            )
            assert allowed != "*"
            assert "evil.example" not in (allowed or "")
