"""Chart 7: the modes of the Conductor (seeds/000 section 7)."""

from __future__ import annotations

from typing import Final

from harmony.states.chart import END, Composite, added_arrow, draw


class ConductorState:
    IDLE: Final = "Idle"
    ANALYZING: Final = "Analyzing"
    GENERATING: Final = "Generating"
    EXECUTING: Final = "Executing"
    LEARNING: Final = "Learning"
    TRAINING: Final = "Training"


class ConductorEvent:
    USER_PROMPT_RECEIVED: Final = "user_prompt_received"
    TRAINING_MODE_ENABLED: Final = "training_mode_enabled"
    CONTEXT_ANALYZED: Final = "context_analyzed"
    MELODY_GENERATED: Final = "melody_generated"
    EXECUTION_COMPLETE: Final = "execution_complete"
    EXECUTION_FAILED: Final = "execution_failed"
    POLICY_UPDATED: Final = "policy_updated"
    TRAINING_COMPLETE: Final = "training_complete"
    MELODY_SELECTED: Final = "melody_selected"
    RUN_ENDED: Final = "run_ended"


_State, _Event = ConductorState, ConductorEvent

CHART: Final = draw(
    name="conductor_mode",
    title="Conductor Mode",
    number=7,
    source="seeds/000 section 7",
    initial=_State.IDLE,
    states=(
        _State.IDLE,
        _State.ANALYZING,
        _State.GENERATING,
        _State.EXECUTING,
        _State.LEARNING,
        _State.TRAINING,
    ),
    transitions={
        (_State.IDLE, _Event.USER_PROMPT_RECEIVED): _State.ANALYZING,
        (_State.IDLE, _Event.TRAINING_MODE_ENABLED): _State.TRAINING,
        (_State.ANALYZING, _Event.CONTEXT_ANALYZED): _State.GENERATING,
        (_State.GENERATING, _Event.MELODY_GENERATED): _State.EXECUTING,
        (_State.EXECUTING, _Event.EXECUTION_COMPLETE): _State.LEARNING,
        (_State.LEARNING, _Event.POLICY_UPDATED): _State.IDLE,
        (_State.EXECUTING, _Event.EXECUTION_FAILED): _State.IDLE,
        (_State.TRAINING, _Event.TRAINING_COMPLETE): _State.IDLE,
    },
    composites={
        _State.GENERATING: Composite(
            initial="SelectPlayers",
            states=("SelectPlayers", "BuildDAG", "ValidateWorkflow"),
            transitions=(
                ("SelectPlayers", "", "BuildDAG"),
                ("BuildDAG", "", "ValidateWorkflow"),
                ("ValidateWorkflow", "", END),
            ),
        ),
        _State.LEARNING: Composite(
            initial="CalculateReward",
            states=("CalculateReward", "UpdatePolicy", "UpdateValueFunction"),
            transitions=(
                ("CalculateReward", "", "UpdatePolicy"),
                ("UpdatePolicy", "", "UpdateValueFunction"),
                ("UpdateValueFunction", "", END),
            ),
        ),
    },
    added=(
        added_arrow(
            _State.IDLE,
            _Event.MELODY_SELECTED,
            _State.EXECUTING,
            "Manual mode: the user has drawn the melody; there is nothing to analyse or generate.",
        ),
        added_arrow(
            _State.EXECUTING,
            _Event.RUN_ENDED,
            _State.IDLE,
            "Manual mode: a melody that no policy composed teaches the policy nothing.",
        ),
    ),
)
