"""Chart 5: an artifact through the storage tiers (seeds/000 section 5).

The conditions on the arrows are the seed's own words; the Stale Manager decides when one holds.
"""

from __future__ import annotations

from typing import Final

from harmony.states.chart import added_arrow, draw


class ArtifactState:
    SSD_HOT: Final = "SSD_Hot"
    HDD_WARM: Final = "HDD_Warm"
    CLOUD_COLD: Final = "Cloud_Cold"
    DELETED: Final = "Deleted"


class ArtifactEvent:
    ARTIFACT_CREATED: Final = "artifact_created"
    AGE_OVER_7_DAYS: Final = "age > 7_days"
    AGE_OVER_30_DAYS: Final = "age > 30_days"
    AGE_OVER_RETENTION_PERIOD: Final = "age > retention_period"
    ACCESS_DETECTED: Final = "access_detected"
    MANUAL_DELETE: Final = "manual_delete"
    DISK_BUDGET_EXCEEDED: Final = "disk_budget_exceeded"
    DISK_SPACE_NEEDED: Final = "disk_space_needed"
    DAMAGE_FOUND: Final = "damage_found"


_State, _Event = ArtifactState, ArtifactEvent
_BUDGET: Final = (
    "Content expires under a disk budget, whatever its age; its record and lineage stay."
)
_SPACE: Final = "Where a cold tier is configured, a disk budget moves content there, not out."
_DAMAGE: Final = (
    "Content that is not what its hash says is put aside and counts as gone, "
    "until a task makes it again."
)

CHART: Final = draw(
    name="artifact",
    title="Artifact Lifecycle (Stale Manager)",
    number=5,
    source="seeds/000 section 5",
    initial=_State.SSD_HOT,
    initial_event=_Event.ARTIFACT_CREATED,
    final=(_State.DELETED,),
    states=(_State.SSD_HOT, _State.HDD_WARM, _State.CLOUD_COLD, _State.DELETED),
    transitions={
        (_State.SSD_HOT, _Event.AGE_OVER_7_DAYS): _State.HDD_WARM,
        (_State.HDD_WARM, _Event.AGE_OVER_30_DAYS): _State.CLOUD_COLD,
        (_State.CLOUD_COLD, _Event.AGE_OVER_RETENTION_PERIOD): _State.DELETED,
        (_State.HDD_WARM, _Event.ACCESS_DETECTED): _State.SSD_HOT,
        (_State.CLOUD_COLD, _Event.ACCESS_DETECTED): _State.HDD_WARM,
        (_State.SSD_HOT, _Event.MANUAL_DELETE): _State.DELETED,
        (_State.HDD_WARM, _Event.MANUAL_DELETE): _State.DELETED,
        (_State.CLOUD_COLD, _Event.MANUAL_DELETE): _State.DELETED,
    },
    added=(
        added_arrow(_State.SSD_HOT, _Event.DISK_BUDGET_EXCEEDED, _State.DELETED, _BUDGET),
        added_arrow(_State.HDD_WARM, _Event.DISK_BUDGET_EXCEEDED, _State.DELETED, _BUDGET),
        added_arrow(_State.CLOUD_COLD, _Event.DISK_BUDGET_EXCEEDED, _State.DELETED, _BUDGET),
        added_arrow(_State.SSD_HOT, _Event.DISK_SPACE_NEEDED, _State.CLOUD_COLD, _SPACE),
        added_arrow(_State.HDD_WARM, _Event.DISK_SPACE_NEEDED, _State.CLOUD_COLD, _SPACE),
        added_arrow(_State.SSD_HOT, _Event.DAMAGE_FOUND, _State.DELETED, _DAMAGE),
        added_arrow(_State.HDD_WARM, _Event.DAMAGE_FOUND, _State.DELETED, _DAMAGE),
        added_arrow(_State.CLOUD_COLD, _Event.DAMAGE_FOUND, _State.DELETED, _DAMAGE),
        added_arrow(
            _State.DELETED,
            _Event.ARTIFACT_CREATED,
            _State.SSD_HOT,
            "An artifact is stored under the hash of its content: "
            "a task that makes the same content again brings it back.",
        ),
    ),
)
