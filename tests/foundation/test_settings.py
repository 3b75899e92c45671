"""Settings: defaults, a file that survives, and clear words for what is not allowed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harmony.foundation.settings import Settings, SettingsError, load, processor_count, save


def _write(path: Path, content: object) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_without_a_file_there_are_the_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path / "settings.json")
    assert settings == Settings()
    assert (settings.theme, settings.wait_slots, settings.motion) == ("system", 16, True)
    assert settings.cpu_slots == processor_count() >= 1
    assert settings.memory_budget_mb >= 256


def test_what_was_chosen_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    chosen = replace(
        Settings(),
        theme="dark",
        cpu_slots=3,
        hot_folder="/fast",
        players_folders=("/mine", "/ours"),
        recent_files=("/a.melody",),
        motion=False,
        cold_target="s3://bucket/folder",
        cold_options={"key": "secret:cloud_key", "client_kwargs": {"region_name": "x"}},
    )
    save(path, chosen)
    assert load(path) == chosen


def test_only_what_differs_from_the_defaults_is_written(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    save(path, Settings(theme="light"))
    assert json.loads(path.read_text()) == {"theme": "light"}
    save(path, Settings())
    assert json.loads(path.read_text()) == {}


def test_keys_of_a_newer_version_are_kept(tmp_path: Path) -> None:
    path = _write(tmp_path / "s.json", {"theme": "dark", "from_the_future": {"a": [1, 2]}})
    settings = load(path)
    save(path, replace(settings, theme="light"))
    assert json.loads(path.read_text()) == {"theme": "light", "from_the_future": {"a": [1, 2]}}


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("theme", "pink", "system, light, dark"),
        ("theme", None, "system, light, dark"),
        ("theme", ["dark"], "system, light, dark"),
        ("motion", 1, "true or false"),
        ("cpu_slots", 0, "from 1 to 1024"),
        ("cpu_slots", True, "from 1 to 1024"),
        ("cpu_slots", 2.5, "from 1 to 1024"),
        ("wait_slots", "16", "from 1 to 4096"),
        ("memory_budget_mb", -1, "from 64"),
        ("disk_budget_mb", 1, "from 16"),
        ("hot_folder", "relative/folder", "absolute path"),
        ("warm_folder", 3, "absolute path"),
        ("players_folders", "/one", "a list"),
        ("trusted_folders", ["/one", "two"], "absolute paths"),
        ("recent_files", ["/a\0b"], "absolute paths"),
        ("recent_files", {"a": 1}, "a list"),
        ("cold_target", "/a/folder", "s3://bucket/folder"),
        ("cold_target", 3, "s3://bucket/folder"),
        ("cold_options", "key", "a JSON object"),
        ("cold_options", {"key": "x" * 20_000}, "a JSON object"),
        ("warm_days", 3, "at least hot_days (7)"),
        ("retention_days", 8, "at least warm_days (30)"),
    ],
)
def test_a_value_that_is_not_allowed_is_named_with_what_is(
    key: str, value: object, allowed: str, tmp_path: Path
) -> None:
    path = _write(tmp_path / "settings.json", {key: value})
    with pytest.raises(SettingsError) as caught:
        load(path)
    error = caught.value
    assert (error.code, error.parameters["key"]) == ("foundation.settings_value_invalid", key)
    for part in (repr(key), repr(value), allowed, str(path)):
        assert part in str(error)


def test_a_value_that_is_not_allowed_cannot_even_be_made() -> None:
    with pytest.raises(SettingsError, match="theme"):
        replace(Settings(), theme="pink")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "Expecting value"),
        ("{", "Expecting"),
        ("[]", "JSON object"),
        ('"dark"', "JSON object"),
        ('{"theme": "dark", "theme": "light"}', "twice"),
        ('{"x": NaN}', "NaN"),
        ('{"x": ' + "[" * 100_000 + "]" * 100_000 + "}", ""),
        ('{"x": "' + "y" * (1 << 20) + '"}', "larger than"),
    ],
    ids=["empty", "cut", "list", "text", "repeated key", "NaN", "deep", "huge"],
)
def test_a_file_that_is_no_settings_file_is_told_and_left_alone(
    content: str, reason: str, tmp_path: Path
) -> None:
    path = _write(tmp_path / "settings.json", content)
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert caught.value.code == "foundation.settings_unreadable"
    assert reason in str(caught.value) and str(path) in str(caught.value)
    assert path.read_text() == content


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b"\xff\xfe\x00{")
    with pytest.raises(SettingsError, match="cannot be read"):
        load(path)


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path)
