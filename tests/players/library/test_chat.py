"""The Chat instrument against a real HTTP server that speaks the OpenAI form, well and badly."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from harmony.players import PlayerError
from harmony.players.context import Context
from harmony.players.library.chat import chat


@dataclass
class Answer:
    """What the server says next, and what it was asked."""

    status: int = 200
    kind: str = "text/event-stream"
    pieces: list[bytes] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    hold: threading.Event | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    seen: list[dict[str, str]] = field(default_factory=list)
    path: str = ""


@pytest.fixture
def answer() -> Answer:
    return Answer()


@pytest.fixture
def address(answer: Answer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            answer.asked.append(json.loads(self.rfile.read(length)))
            answer.seen.append({key.lower(): value for key, value in self.headers.items()})
            answer.path = self.path
            if answer.hold is not None:
                answer.hold.wait(30)
            self.send_response(answer.status)
            self.send_header("content-type", answer.kind)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            for piece in answer.pieces:
                self.wfile.write(piece)
                self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    if answer.hold is not None:
        answer.hold.set()
    server.shutdown()
    thread.join()
    server.server_close()


def event(text: str) -> bytes:
    return f"data: {json.dumps({'choices': [{'delta': {'content': text}}]})}\n\n".encode()


def test_an_answer_grows_and_is_whole_in_the_end(answer: Answer, address: str) -> None:
    answer.pieces = [
        b": a comment\n\n",
        b'data: {"choices": [{"delta": {"role": "assistant"}}]}\n\n',
        event("Grüß"),
        event(" Gott"),
        b'data: {"choices": [], "usage": {"total_tokens": 5}}\n\n',
        b"data: [DONE]\n\n",
    ]
    growing = list(chat("Say hello", base_url=address + "/", model="small", temperature=0.1))
    assert growing[-1] == "Grüß Gott"
    assert all("Grüß Gott".startswith(part) for part in growing)
    assert answer.path == "/v1/chat/completions"
    assert answer.asked == [
        {
            "model": "small",
            "messages": [{"role": "user", "content": "Say hello"}],
            "temperature": 0.1,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
    ]
    assert "authorization" not in answer.seen[0]


def test_instructions_and_key_go_along(answer: Answer, address: str) -> None:
    answer.pieces = [event("ok")]
    list(chat("Hi", base_url=address, model="m", api_key="abc", system="Be short.", max_tokens=7))
    assert answer.asked[0]["messages"][0] == {"role": "system", "content": "Be short."}
    assert answer.asked[0]["max_tokens"] == 7
    assert answer.seen[0]["authorization"] == "Bearer abc"


def test_a_server_that_does_not_stream_is_understood(answer: Answer, address: str) -> None:
    answer.kind = "application/json"
    answer.pieces = [json.dumps({"choices": [{"message": {"content": "whole"}}]}).encode()]
    assert list(chat("Hi", base_url=address, model="m"))[-1] == "whole"


@pytest.mark.parametrize(
    ("status", "body", "headers", "message", "hint"),
    [
        (401, {"error": {"message": "bad key"}}, {}, "refused the key. It says: bad key", "secret"),
        (404, {"error": "no model"}, {}, "knows neither", "/v1"),
        (429, {}, {"retry-after": "12"}, "too many requests", "in 12 seconds"),
        (429, {}, {}, "too many requests", "later"),
        (500, {}, {}, r"failed \(500\)", "Try again"),
        (422, {"message": "no"}, {}, r"refused the request \(422\)", "fields"),
    ],
)
def test_a_refusal_is_told_with_what_to_do(
    answer: Answer,
    address: str,
    status: int,
    body: dict[str, Any],
    headers: dict[str, str],
    message: str,
    hint: str,
) -> None:
    answer.status, answer.headers, answer.kind = status, headers, "application/json"
    answer.pieces = [json.dumps(body).encode()]
    with pytest.raises(PlayerError, match=message) as caught:
        list(chat("Hi", base_url=address, model="m", api_key="wrong"))
    assert hint in caught.value.hint
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "pieces"),
    [
        ("text/html", [b"<html>Welcome</html>"]),
        ("application/json", [b'{"choices": "none"}']),
        ("application/json", [b"[1]"]),
        ("text/event-stream", [b"data: {broken\n\n"]),
        ("text/event-stream", [b'data: {"choices": [{"delta": {"content": 5}}]}\n\n']),
    ],
)
def test_an_answer_that_is_none_of_a_chat_server_is_said_to_be_so(
    answer: Answer, address: str, kind: str, pieces: list[bytes]
) -> None:
    answer.kind, answer.pieces = kind, pieces
    with pytest.raises(PlayerError, match="did not answer as a chat server does"):
        list(chat("Hi", base_url=address, model="m"))


def test_an_error_in_the_middle_of_an_answer_is_an_error(answer: Answer, address: str) -> None:
    answer.pieces = [event("Well"), b'data: {"error": {"message": "out of memory"}}\n\n']
    with pytest.raises(PlayerError, match="reports an error: out of memory"):
        list(chat("Hi", base_url=address, model="m"))


def test_an_empty_answer_is_an_error(answer: Answer, address: str) -> None:
    answer.pieces = [b"data: [DONE]\n\n"]
    with pytest.raises(PlayerError, match="empty answer"):
        list(chat("Hi", base_url=address, model="m"))


def test_a_silent_server_is_waited_for_only_so_long(answer: Answer, address: str) -> None:
    answer.hold = threading.Event()
    with pytest.raises(PlayerError, match=r"did not answer within 0\.2 seconds"):
        list(chat("Hi", base_url=address, model="m", timeout=0.2))


def test_a_server_that_is_not_there_is_said_to_be_so() -> None:
    with pytest.raises(PlayerError, match="cannot be reached"):
        list(chat("Hi", base_url="http://127.0.0.1:1/v1", model="m"))


@pytest.mark.parametrize("base_url", ["localhost:11434/v1", "", "http://:x/", "ftp://x/v1"])
def test_what_is_no_address_is_said_to_be_none(base_url: str) -> None:
    with pytest.raises(PlayerError, match="no address of a server"):
        list(chat("Hi", base_url=base_url, model="m"))


def test_a_model_must_be_named() -> None:
    with pytest.raises(PlayerError, match="No model is named"):
        list(chat("Hi"))


def spent_on(answer: Answer, address: str, **asked: Any) -> dict[str, Any]:
    """What a Context hears of the cost of one question, however it ends."""
    heard: list[dict[str, Any]] = []
    context = Context(say=lambda kind, fields: heard.append({"kind": kind, **fields}))
    with suppress(PlayerError):
        list(chat("Hi there", base_url=address, model="m", context=context, **asked))
    (spent,) = [said for said in heard if said["kind"] == "spent"]
    return spent


def test_the_tokens_that_the_server_counts_are_told_with_their_price(
    answer: Answer, address: str
) -> None:
    answer.pieces = [event("ok"), b'data: {"choices": [], "usage": {"total_tokens": 500}}\n\n']
    spent = spent_on(answer, address, price=2.0)
    assert (spent["tokens"], spent["money"]) == (500, pytest.approx(0.001))


def test_a_server_that_counts_no_tokens_is_estimated(answer: Answer, address: str) -> None:
    answer.pieces = [event("twelve signs")]
    assert spent_on(answer, address)["tokens"] == (len("Hi there") + len("twelve signs")) // 4


def test_an_answer_that_breaks_off_is_paid_for(answer: Answer, address: str) -> None:
    answer.pieces = [event("x" * 392), b'data: {"error": {"message": "out of memory"}}\n\n']
    assert spent_on(answer, address)["tokens"] == 100
