"""A language model behind an endpoint of the OpenAI form, on this machine or elsewhere."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from harmony.players.context import Context
from harmony.players.declare import instrument
from harmony.players.errors import PlayerError
from harmony.players.library._words import quote
from harmony.players.types import Label, Multiline, Range, Secret, Text

if TYPE_CHECKING:
    import httpx

_SHOW_EVERY: Final = 0.1
"""Seconds between two looks at an answer that is still growing."""
_LONGEST_REASON: Final = 300


@instrument("Chat", category="Language", icon="chat", waits=True, tokens=2_000)
def chat(
    text: Text,
    *,
    base_url: Annotated[Text, Label("Address")] = "http://localhost:11434/v1",
    model: Text = "",
    api_key: Annotated[Secret, Label("Key")] = "",
    system: Annotated[Multiline, Label("Instructions")] = "",
    temperature: Annotated[float, Range(0, 2)] = 0.7,
    max_tokens: Annotated[int, Label("Longest answer, in tokens"), Range(0)] = 0,
    timeout: Annotated[float, Label("Wait for it, in seconds"), Range(1, 3600)] = 120.0,
    price: Annotated[float, Label("Price of a million tokens"), Range(0)] = 0.0,
    context: Context | None = None,
) -> Iterator[Text]:
    """a language model answers

    Sends a text to a language model and gives its answer, which can be read while it grows. Works
    with every server that speaks the OpenAI form of chat: Ollama, llama.cpp and vLLM on this
    machine, or a service elsewhere.

    Nothing is sent but the instructions and the text, and only to the address in the form.

    text: what to ask
    base_url: where the server is, up to and with /v1
    model: the name under which the server knows the model
    api_key: a secret; servers on this machine need none
    system: what the model is to be, or how it is to answer
    temperature: 0 for the likeliest words, higher for more surprise
    max_tokens: 0 leaves it to the server
    timeout: how long a silent server is waited for
    price: counts against the run's budget of money; 0 for a model of your own
    returns: the answer
    """
    import httpx

    if not model.strip():
        raise PlayerError("No model is named.", hint="Write the name that the server knows it by.")
    messages = [{"role": "system", "content": system}] if system.strip() else []
    messages.append({"role": "user", "content": text})
    asked: dict[str, Any] = {
        "model": model,
        "messages": messages,
        "temperature": temperature,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if max_tokens:
        asked["max_tokens"] = max_tokens
    address = f"{base_url.rstrip('/')}/chat/completions"
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    answer, shown = "", 0.0
    used = _Usage()
    try:
        with httpx.stream(
            "POST", address, json=asked, headers=headers, timeout=timeout, follow_redirects=False
        ) as response:
            if response.status_code != 200:
                response.read()
                raise _refused(response, address)
            used.asked = system + text
            for piece in _pieces(response, address, used):
                answer += piece
                used.answered = answer
                if time.monotonic() - shown >= _SHOW_EVERY:
                    shown = time.monotonic()
                    yield answer
    except httpx.TimeoutException as error:
        raise PlayerError(
            f"{address} did not answer within {timeout:g} seconds.",
            hint="Try again, or wait longer for it.",
        ) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise PlayerError(
            f"{quote(base_url)} is no address of a server.",
            hint="Write one such as http://localhost:11434/v1.",
        ) from error
    except httpx.HTTPError as error:
        raise PlayerError(
            f"{address} cannot be reached: {error}.",
            hint="Is the server running, and is the address right?",
        ) from error
    finally:
        # An answer that broke off, or that nobody wants any more, is paid for all the same.
        if context is not None:
            context.spend(tokens=used.tokens, money=used.tokens * price / 1e6)
    if not answer:
        raise PlayerError(
            "The server sent an empty answer.", hint="Ask in another way, or try another model."
        )
    yield answer


@dataclass(slots=True)
class _Usage:
    """What was asked and answered, and how many tokens the server says that it took."""

    asked: str = ""
    answered: str = ""
    told: int = 0

    @property
    def tokens(self) -> int:
        """As the server says; where it does not, a token for each four characters."""
        return self.told or (len(self.asked) + len(self.answered) + 3) // 4

    def read(self, found: dict[str, Any]) -> None:
        """Look for the count in a piece of the answer."""
        usage = found.get("usage")
        total = usage.get("total_tokens") if isinstance(usage, dict) else None
        if type(total) is int and total > 0:
            self.told = total


def _pieces(response: httpx.Response, address: str, used: _Usage) -> Iterator[str]:
    """The answer piece by piece, from an event stream or from one JSON object."""
    if "text/event-stream" not in response.headers.get("content-type", ""):
        found = _parsed(response.read(), address)
        used.read(found)
        yield _content(found, "message", address)
        return
    for line in response.iter_lines():
        field, _, data = line.partition(":")
        if field != "data":
            continue  # comments keep the connection alive, other fields say nothing of the answer
        if data.strip() == "[DONE]":
            return
        found = _parsed(data, address)
        used.read(found)
        yield _content(found, "delta", address)


def _parsed(data: str | bytes, address: str) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _not_understood(address, data) from error
    if not isinstance(found, dict):
        raise _not_understood(address, data)
    return found


def _content(found: dict[str, Any], part: str, address: str) -> str:
    if "error" in found:
        raise PlayerError(f"The server reports an error: {_reason(found)}")
    choices = found.get("choices")
    if choices == []:
        return ""  # the last event of some servers holds the count of tokens alone
    try:
        content = found["choices"][0][part].get("content")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise _not_understood(address, json.dumps(found)) from error
    if content is not None and not isinstance(content, str):
        raise _not_understood(address, json.dumps(found))
    return content or ""


def _refused(response: httpx.Response, address: str) -> PlayerError:
    """The error for an answer that is not 200, with what the server said of it."""
    try:
        found = response.json()
        reason = _reason(found) if isinstance(found, dict) else ""
    except ValueError:
        reason = ""
    said = f" It says: {reason}" if reason else ""
    match response.status_code:
        case 401 | 403:
            return PlayerError(
                f"The server refused the key.{said}", hint="Choose a secret that is valid there."
            )
        case 404:
            return PlayerError(
                f"The server knows neither {address} nor the model.{said}",
                hint="Check the address, which mostly ends with /v1, and the model's name.",
            )
        case 429:
            wait = response.headers.get("retry-after", "")
            return PlayerError(
                f"The server gets too many requests, or the account is used up.{said}",
                hint=f"Try again in {wait} seconds." if wait.isdigit() else "Try again later.",
            )
        case status if status >= 500:
            return PlayerError(
                f"The server failed ({status}).{said}", hint="Try again in a moment."
            )
        case status:
            return PlayerError(
                f"The server refused the request ({status}).{said}",
                hint="Check the model's name and the other fields.",
            )


def _reason(found: dict[str, Any]) -> str:
    error = found.get("error", found.get("message", ""))
    text = error.get("message", "") if isinstance(error, dict) else error
    return str(text)[:_LONGEST_REASON]


def _not_understood(address: str, data: str | bytes) -> PlayerError:
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    return PlayerError(
        f"{address} did not answer as a chat server does: {text[:80]!r}",
        hint="Check the address; it mostly ends with /v1.",
    )
