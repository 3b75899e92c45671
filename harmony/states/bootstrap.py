"""Chart 4: start-up in five phases, with rollback (seeds/000 section 4)."""

from __future__ import annotations

from typing import Final

from harmony.states.chart import END, Composite, draw


class BootstrapState:
    INITIALIZING: Final = "Initializing"
    PHASE1_FOUNDATION: Final = "Phase1_Foundation"
    PHASE2_IPC: Final = "Phase2_IPC"
    PHASE3_PIT: Final = "Phase3_Pit"
    PHASE4_CONDUCTOR: Final = "Phase4_Conductor"
    PHASE5_UI: Final = "Phase5_UI"
    HEALTH_CHECK: Final = "HealthCheck"
    READY: Final = "Ready"
    ROLLING_BACK: Final = "RollingBack"
    FAILED: Final = "Failed"


class BootstrapEvent:
    START: Final = "start"
    PHASE1_COMPLETE: Final = "phase1_complete"
    PHASE2_COMPLETE: Final = "phase2_complete"
    PHASE3_COMPLETE: Final = "phase3_complete"
    PHASE4_COMPLETE: Final = "phase4_complete"
    PHASE5_COMPLETE: Final = "phase5_complete"
    PHASE1_FAILED: Final = "phase1_failed"
    PHASE2_FAILED: Final = "phase2_failed"
    PHASE3_FAILED: Final = "phase3_failed"
    PHASE4_FAILED: Final = "phase4_failed"
    PHASE5_FAILED: Final = "phase5_failed"
    ALL_PROBES_PASS: Final = "all_probes_pass"
    HEALTH_CHECK_FAILED: Final = "health_check_failed"
    ROLLBACK_COMPLETE: Final = "rollback_complete"
    SYSTEM_RUNNING: Final = "system_running"
    SHUTDOWN: Final = "shutdown"


_State, _Event = BootstrapState, BootstrapEvent
_SERVICES: Final = (
    "PoolManager",
    "DagTracker",
    "ArtifactStore",
    "ArbitrationEngine",
    "StaleManager",
)

CHART: Final = draw(
    name="bootstrap",
    title="Bootstrap System",
    number=4,
    source="seeds/000 section 4",
    initial=_State.INITIALIZING,
    states=(
        _State.INITIALIZING,
        _State.PHASE1_FOUNDATION,
        _State.PHASE2_IPC,
        _State.PHASE3_PIT,
        _State.PHASE4_CONDUCTOR,
        _State.PHASE5_UI,
        _State.HEALTH_CHECK,
        _State.READY,
        _State.ROLLING_BACK,
        _State.FAILED,
    ),
    transitions={
        (_State.INITIALIZING, _Event.START): _State.PHASE1_FOUNDATION,
        (_State.PHASE1_FOUNDATION, _Event.PHASE1_COMPLETE): _State.PHASE2_IPC,
        (_State.PHASE2_IPC, _Event.PHASE2_COMPLETE): _State.PHASE3_PIT,
        (_State.PHASE3_PIT, _Event.PHASE3_COMPLETE): _State.PHASE4_CONDUCTOR,
        (_State.PHASE4_CONDUCTOR, _Event.PHASE4_COMPLETE): _State.PHASE5_UI,
        (_State.PHASE5_UI, _Event.PHASE5_COMPLETE): _State.HEALTH_CHECK,
        (_State.HEALTH_CHECK, _Event.ALL_PROBES_PASS): _State.READY,
        (_State.HEALTH_CHECK, _Event.HEALTH_CHECK_FAILED): _State.ROLLING_BACK,
        (_State.PHASE1_FOUNDATION, _Event.PHASE1_FAILED): _State.ROLLING_BACK,
        (_State.PHASE2_IPC, _Event.PHASE2_FAILED): _State.ROLLING_BACK,
        (_State.PHASE3_PIT, _Event.PHASE3_FAILED): _State.ROLLING_BACK,
        (_State.PHASE4_CONDUCTOR, _Event.PHASE4_FAILED): _State.ROLLING_BACK,
        (_State.PHASE5_UI, _Event.PHASE5_FAILED): _State.ROLLING_BACK,
        (_State.ROLLING_BACK, _Event.ROLLBACK_COMPLETE): _State.FAILED,
        (_State.READY, _Event.SYSTEM_RUNNING): END,
        (_State.FAILED, _Event.SHUTDOWN): END,
    },
    composites={
        _State.PHASE1_FOUNDATION: Composite(
            initial="LoadTypes",
            states=("LoadTypes", "LoadConfig", "InitCore"),
            transitions=(
                ("LoadTypes", "", "LoadConfig"),
                ("LoadConfig", "", "InitCore"),
                ("InitCore", "", END),
            ),
        ),
        _State.PHASE3_PIT: Composite(
            initial="ParallelInit",
            states=("ParallelInit", *_SERVICES),
            transitions=(
                *(("ParallelInit", "", service) for service in _SERVICES),
                *((service, "", END) for service in _SERVICES),
            ),
        ),
    },
)
