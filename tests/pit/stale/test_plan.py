"""Which artifact moves where, decided from ages, sizes and protections alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harmony.pit.stale import Budget, Rules, plan_moves
from harmony.polyphony.records import StoredArtifact
from harmony.states.artifact import CHART, ArtifactState

NOW = 1_800_000_000.0
DAY = 86_400.0
PLENTY = Budget(10**12)


def artifact(name: str, tier: str, days: float, size: int = 100) -> StoredArtifact:
    at = NOW - days * DAY
    return StoredArtifact(name, size, tier, at, at, ".bin", inline=False)


def moves(artifacts: list[StoredArtifact], budget: Budget = PLENTY) -> dict[str, tuple[str, str]]:
    found = plan_moves(artifacts, NOW, budget, Rules())
    return {move.hash: (move.event, move.to_tier) for move in found}


@pytest.mark.parametrize(
    ("tier", "days", "event", "to_tier"),
    [
        ("SSD_Hot", 6.9, None, None),
        ("SSD_Hot", 7.1, "age > 7_days", "HDD_Warm"),
        ("SSD_Hot", 400, "age > 7_days", "HDD_Warm"),
        ("HDD_Warm", 6.9, "access_detected", "SSD_Hot"),
        ("HDD_Warm", 8, None, None),
        ("HDD_Warm", 31, "age > 30_days", "HDD_Warm"),
        ("HDD_Warm", 366, "age > retention_period", "Deleted"),
        ("Cloud_Cold", 366, "age > retention_period", "Deleted"),
    ],
)
def test_content_moves_by_the_days_since_it_was_read(
    tier: str, days: float, event: str | None, to_tier: str | None
) -> None:
    expected = {} if event is None else {"a": (event, to_tier)}
    assert moves([artifact("a", tier, days)]) == expected


def test_what_would_go_to_the_cloud_stays_warm_and_says_so() -> None:
    (move,) = plan_moves([artifact("a", "HDD_Warm", 31)], NOW, PLENTY, Rules())
    assert (move.from_tier, move.to_tier) == ("HDD_Warm", "HDD_Warm")
    assert "no cold tier is configured" in move.why


def test_the_days_are_the_users_choice() -> None:
    rules = Rules(hot_days=0.5, warm_days=1, retention_days=2)
    found = plan_moves([artifact("a", "HDD_Warm", 3)], NOW, PLENTY, rules)
    assert [move.to_tier for move in found] == ["Deleted"]


def test_under_a_budget_the_content_read_longest_ago_goes_first() -> None:
    artifacts = [artifact(name, "SSD_Hot", days) for name, days in (("a", 1), ("b", 3), ("c", 2))]
    assert moves(artifacts, Budget(300)) == {}
    assert moves(artifacts, Budget(299)) == {"b": ("disk_budget_exceeded", "Deleted")}
    assert moves(artifacts, Budget(150)) == {
        "b": ("disk_budget_exceeded", "Deleted"),
        "c": ("disk_budget_exceeded", "Deleted"),
    }


def test_what_ages_out_counts_as_freed_before_the_budget_takes_more() -> None:
    artifacts = [artifact("old", "HDD_Warm", 400), artifact("new", "SSD_Hot", 1)]
    assert moves(artifacts, Budget(100)) == {"old": ("age > retention_period", "Deleted")}


@pytest.mark.parametrize("reason", ["pinned", "checkpoint", "unfinished run"])
def test_protected_content_is_never_touched(reason: str) -> None:
    kept = replace(artifact("kept", "HDD_Warm", 4000), protected=reason)
    assert moves([kept], Budget(0)) == {}
    other = artifact("other", "SSD_Hot", 1)
    assert moves([kept, other], Budget(0)) == {"other": ("disk_budget_exceeded", "Deleted")}


def test_what_was_made_or_read_within_the_hour_is_never_touched() -> None:
    assert moves([artifact("a", "SSD_Hot", 0.02)], Budget(0)) == {}
    old = artifact("a", "HDD_Warm", 400)
    assert moves([replace(old, accessed=NOW - 60)], Budget(0)) == {}


def test_each_move_is_an_arrow_of_the_chart() -> None:
    tiers = [ArtifactState.SSD_HOT, ArtifactState.HDD_WARM, ArtifactState.CLOUD_COLD]
    artifacts = [
        artifact(f"{tier}{days}", tier, days) for tier in tiers for days in (1, 10, 40, 500)
    ]
    for budget in (PLENTY, Budget(500), Budget(0)):
        for move in plan_moves(artifacts, NOW, budget, Rules()):
            if move.from_tier == move.to_tier:
                continue  # a decision that was named, and not taken
            if (move.from_tier, move.event) == ("HDD_Warm", "age > retention_period"):
                cold = CHART.next("HDD_Warm", "age > 30_days")
                assert CHART.next(cold, move.event) == move.to_tier
            else:
                assert CHART.next(move.from_tier, move.event) == move.to_tier


COLD = Rules(cold=True)


def test_with_a_cold_tier_warm_content_goes_there_after_a_month() -> None:
    (move,) = plan_moves([artifact("a", "HDD_Warm", 31)], NOW, PLENTY, COLD)
    assert (move.from_tier, move.to_tier) == ("HDD_Warm", "Cloud_Cold")


def test_with_a_cold_tier_a_disk_budget_moves_content_there_instead_of_deleting_it() -> None:
    artifacts = [artifact("a", "HDD_Warm", 20), artifact("b", "SSD_Hot", 5)]
    found = plan_moves(artifacts, NOW, Budget(100), COLD)
    assert [(move.hash, move.to_tier) for move in found] == [("a", "Cloud_Cold")]
    found = plan_moves(artifacts, NOW, Budget(0), COLD)
    assert [(move.hash, move.to_tier) for move in found] == [
        ("a", "Cloud_Cold"),
        ("b", "Cloud_Cold"),
    ]


def test_small_values_lie_in_the_database_whatever_their_tier_so_only_deleting_them_helps() -> None:
    small = replace(artifact("a", "HDD_Warm", 20), inline=True)
    (move,) = plan_moves([small], NOW, Budget(0), COLD)
    assert move.to_tier == "Deleted"


def test_what_lies_in_the_cold_tier_takes_nothing_from_the_budget() -> None:
    away = replace(artifact("a", "Cloud_Cold", 40), taken=0)
    assert plan_moves([away, artifact("b", "SSD_Hot", 1)], NOW, Budget(100), COLD) == []


def test_of_chunks_that_are_shared_an_artifact_takes_its_part() -> None:
    halves = [replace(artifact(name, "HDD_Warm", 20), taken=50) for name in "ab"]
    assert plan_moves(halves, NOW, Budget(100), Rules()) == []
    assert [move.hash for move in plan_moves(halves, NOW, Budget(99), Rules())] == ["a"]
