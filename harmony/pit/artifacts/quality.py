"""How good an artifact is, as far as a program can tell: a number from 0 to 100, with reasons.

    quality = 100 × validity × (0.7 × size + 0.3 × feedback)

- *validity*: 1 when the content is what its hash and its type say; 0.5 when a table's columns are
  others than those of the last artifact of its node; 0 when the content cannot be read as its type.
- *size*: against the median size of up to 20 earlier artifacts of its node. 1 from half to double
  of it, from there down in the logarithm to 0 at a 32nd and at 32 times. 1 with fewer than three.
- *feedback*: 0 when people called it bad, 1 when good, their mean between; 1 when nobody said.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from harmony.pit.artifacts.errors import ArtifactError
from harmony.pit.artifacts.store import ArtifactStore
from harmony.players.ports import item_type
from harmony.polyphony import artifact_search, holds
from harmony.polyphony.artifact_search import Past
from harmony.polyphony.holds import Feedback
from harmony.polyphony.records import ArtifactRow
from harmony.polyphony.store import Store

PAST: Final = 20
ENOUGH: Final = 3
_USUAL: Final = math.log(2)
_ABSURD: Final = math.log(32)
_LARGEST_JSON: Final = 32 << 20  # a larger JSON file is only looked at where it begins and ends
_MAGIC: Final = {
    "table": (b"PAR1",),
    "image": (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"),
}


@dataclass(frozen=True, slots=True)
class Quality:
    """The number, its three parts from 0 to 1, and in words what took something away."""

    score: int
    validity: float
    size: float
    feedback: float
    reasons: tuple[str, ...]


def quality_of(store: Store, artifacts: ArtifactStore, digest: str) -> Quality:
    """Judge an artifact by its content, its past and what people said. Not on the main thread.

    The content is verified on the way. Raises ArtifactError when it is gone or damaged.
    """
    row = store.artifact(digest)
    past = store.reading(lambda c: artifact_search.past_of_node(c, digest, PAST))
    said = store.reading(lambda c: holds.feedback(c, digest))
    if row is None or row.inline is not None:
        content: bytes | Path = artifacts.read(digest)
    else:
        content = artifacts.path(digest)
    assert row is not None  # reading has just found it
    return judge(row, is_readable(row.type, content), past, said)


def judge(
    row: ArtifactRow, readable: bool, past: Sequence[Past], said: Sequence[Feedback]
) -> Quality:
    """The formula above. Pure."""
    reasons: list[str] = []
    validity = 1.0
    if not readable:
        validity = 0.0
        reasons.append(f"its content cannot be read as {row.type}")
    elif row.type == "table":
        before = next((columns for each in past if (columns := _columns(each.summary))), None)
        now = _columns(row.summary)
        if before is not None and now is not None and before != now:
            validity = 0.5
            reasons.append("its columns are others than those of the last one")
    size = 1.0
    if len(past) >= ENOUGH:
        usual = median(each.size for each in past)
        size = size_fit(row.size, usual)
        if size < 1:
            reasons.append(f"it has {row.size:,} bytes; {usual:,.0f} are usual here")
    feedback = 1.0
    if said:
        feedback = (1 + sum(each.score for each in said) / len(said)) / 2
        if feedback < 1:
            reasons.append("people were not content with it")
    score = round(100 * validity * (0.7 * size + 0.3 * feedback))
    return Quality(score, validity, size, feedback, tuple(reasons))


def size_fit(size: int, usual: float) -> float:
    """From 1 (as usual) to 0 (a 32nd of it or 32 times as much)."""
    apart = abs(math.log((size + 1) / (usual + 1)))
    return max(0.0, 1.0 - max(0.0, apart - _USUAL) / (_ABSURD - _USUAL))


def is_readable(kind: str, content: bytes | Path) -> bool:
    """Whether content can be read as a port type says. For a large file a look has to do."""
    try:
        start, end, size = _edges(content)
    except OSError as error:
        raise ArtifactError(
            "pit.file_not_readable", path=str(content), reason=str(error)
        ) from error
    if kind in _MAGIC:
        begins = any(start.startswith(magic) for magic in _MAGIC[kind])
        return begins and (kind != "table" or end.endswith(b"PAR1"))
    if kind in ("bytes", "file", "folder"):
        return True
    if kind == "text":
        return _is_text(content)
    if size > _LARGEST_JSON:
        return start[:1] in b'{["' and end[-1:] in b'}]"'
    return _is_json(content, kind)


def _edges(content: bytes | Path) -> tuple[bytes, bytes, int]:
    if isinstance(content, bytes):
        return content[:16], content[-16:], len(content)
    with content.open("rb") as file:
        start = file.read(16)
        size = file.seek(0, 2)
        file.seek(max(0, size - 16))
        return start, file.read(16), size


def _is_text(content: bytes | Path) -> bool:
    try:
        if isinstance(content, bytes):
            content.decode("utf-8")
        else:
            with content.open(encoding="utf-8", newline="") as file:
                while file.read(1 << 20):
                    pass
    except UnicodeDecodeError:
        return False
    return True


def _is_json(content: bytes | Path, kind: str) -> bool:
    try:
        value = json.loads(content if isinstance(content, bytes) else content.read_bytes())
    except (ValueError, RecursionError):
        return False
    match kind:
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "vector":
            return isinstance(value, list) and all(isinstance(each, int | float) for each in value)
        case "view":
            return isinstance(value, dict) and "kind" in value
    return item_type(kind) is None or isinstance(value, list)


def _columns(summary: Any) -> Any:
    if isinstance(summary, str):
        summary = json.loads(summary)
    return summary.get("columns") if isinstance(summary, dict) else None
