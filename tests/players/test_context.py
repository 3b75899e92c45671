"""What a Player can do with its Context; no host is needed for it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from harmony.players.context import Context, TaskCancelled, clean_text
from harmony.players.errors import PlayerError


class Heard:
    """What a Context said."""

    def __init__(self) -> None:
        self.said: list[tuple[str, dict[str, Any]]] = []
        self.news = threading.Condition()

    def __call__(self, kind: str, fields: dict[str, Any]) -> None:
        with self.news:
            self.said.append((kind, fields))
            self.news.notify_all()

    def fractions(self) -> list[float | None]:
        return [fields["fraction"] for kind, fields in self.said if kind == "progress"]


def test_a_context_without_a_host_works_in_a_plain_test() -> None:
    context = Context()
    context.progress(0.5, "half")
    context.info("a line")
    context.partial("so far")
    assert context.scratch.is_dir()
    assert not context.cancelled
    context.raise_if_cancelled()


def test_the_folders_of_a_task_are_made_when_they_are_asked_for(tmp_path: Path) -> None:
    scratch, staging = tmp_path / "run" / "scratch", tmp_path / "run" / "staging"
    context = Context(scratch=scratch, staging=staging)
    assert not scratch.parent.exists()
    assert context.scratch == scratch
    assert list(scratch.iterdir()) == []
    assert not staging.exists()
    context.stage(".csv").write_text("a", encoding="utf-8")
    assert [path.name for path in staging.iterdir()] == ["staged-1.csv"]
    assert staging.stat().st_mode & 0o777 == scratch.stat().st_mode & 0o777 == 0o700


def test_the_first_progress_goes_at_once_and_the_next_is_held_back() -> None:
    heard = Heard()
    context = Context(say=heard)
    context.progress(0.1)
    for _ in range(100):
        context.progress(0.2)
    assert heard.fractions() == [0.1]
    context.flush()
    assert heard.fractions() == [0.1, 0.2]


def test_progress_that_was_held_back_goes_by_itself_when_nothing_follows() -> None:
    heard = Heard()
    context = Context(say=heard)
    context.progress(0.1)
    context.progress(0.2)
    context.progress(0.3, "then silence")
    with heard.news:
        assert heard.news.wait_for(lambda: heard.fractions() == [0.1, 0.3], timeout=60)
    context.flush()
    assert heard.fractions() == [0.1, 0.3], "nothing is said twice"


@pytest.mark.parametrize(
    ("given", "sent"), [(1.0000001, 1.0), (-0.1, 0.0), (None, None), (float("nan"), None), (1, 1.0)]
)
def test_a_fraction_is_brought_into_its_range(given: float | None, sent: float | None) -> None:
    heard = Heard()
    Context(say=heard).progress(given)
    assert heard.fractions() == [sent]


def test_a_long_message_and_a_broken_character_are_made_fit_to_send() -> None:
    heard = Heard()
    context = Context(say=heard)
    context.progress(0.5, "x" * 10_000)
    context.log("name \udcff")
    assert len(heard.said[0][1]["message"]) == 2_000
    assert heard.said[1][1]["text"] == "name \\udcff"
    assert clean_text("\udcff" * 10, 20).encode().endswith("…".encode())


def test_each_level_of_the_log_has_its_word_and_others_are_refused() -> None:
    heard = Heard()
    context = Context(say=heard)
    context.debug("a")
    context.info("b")
    context.warning("c")
    context.error("d")
    assert [fields["level"] for _, fields in heard.said] == ["debug", "info", "warning", "error"]
    with pytest.raises(ValueError, match="level"):
        context.log("e", "fatal")  # type: ignore[arg-type]


def test_staged_files_lie_side_by_side_in_the_staging_folder(tmp_path: Path) -> None:
    context = Context(staging=tmp_path)
    first, second = context.stage(".parquet"), context.stage(".csv.gz")
    assert {first.parent, second.parent} == {tmp_path}
    assert first != second
    assert (first.suffix, second.suffixes) == (".parquet", [".csv", ".gz"])


@pytest.mark.parametrize("suffix", ["csv", "/x", "../x", ".a/b", ". ", ".x" * 9])
def test_an_ending_that_could_lead_elsewhere_is_refused(suffix: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ending"):
        Context(staging=tmp_path).stage(suffix)


def test_cancelling_is_seen_asked_and_passed_on_once() -> None:
    context = Context()
    stopped: list[str] = []
    context.on_cancel(lambda: stopped.append("first"))
    context.cancel()
    context.cancel()
    assert context.cancelled
    assert stopped == ["first"]
    context.on_cancel(lambda: stopped.append("late"))
    assert stopped == ["first", "late"], "called at once when it is already cancelled"
    with pytest.raises(TaskCancelled):
        context.raise_if_cancelled()


def test_what_fails_on_cancel_is_logged_and_the_rest_still_called() -> None:
    heard = Heard()
    context = Context(say=heard)
    stopped: list[str] = []
    context.on_cancel(lambda: 1 // 0)  # type: ignore[arg-type, return-value]
    context.on_cancel(lambda: stopped.append("second"))
    context.cancel()
    assert stopped == ["second"]
    assert "ZeroDivisionError" in heard.said[0][1]["text"]


def test_except_exception_does_not_swallow_a_cancellation() -> None:
    assert not issubclass(TaskCancelled, Exception)


def test_a_secret_is_given_by_name_or_its_absence_explained() -> None:
    context = Context(secrets={"key": "open sesame"})
    assert context.secret("key") == "open sesame"
    with pytest.raises(PlayerError, match="other") as caught:
        context.secret("other")
    assert caught.value.hint


def test_a_heartbeat_is_sent_at_once_and_not_again_right_behind() -> None:
    heard = Heard()
    context = Context(say=heard)
    for _ in range(100):
        context.heartbeat()
    assert [kind for kind, _ in heard.said] == ["heartbeat"]


def test_what_was_saved_is_that_of_the_last_attempt() -> None:
    kept: list[Any] = []
    context = Context(saved=lambda: {"page": 3}, keep=kept.append)
    context.save({"page": 4})
    assert context.saved == {"page": 3}
    assert kept == [{"page": 4}]
    assert Context().saved is None


def test_what_was_spent_is_told_each_time_and_nothing_is_not() -> None:
    heard = Heard()
    context = Context(say=heard)
    context.spend(tokens=120)
    context.spend(money=0.02)
    context.spend()
    assert heard.said == [
        ("spent", {"tokens": 120, "money": 0.0}),
        ("spent", {"tokens": 0, "money": 0.02}),
    ]


@pytest.mark.parametrize(
    "spent", [{"tokens": -1}, {"tokens": 1.5}, {"tokens": True}, {"money": float("nan")}]
)
def test_what_is_no_amount_cannot_be_spent(spent: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is no"):
        Context().spend(**spent)
