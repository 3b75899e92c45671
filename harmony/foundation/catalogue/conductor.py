"""Words of the Conductor."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    "conductor.secret_in_the_open": (
        "A secret parameter holds a value instead of a reference. Write secret:NAME and set the "
        "environment variable HARMONY_SECRET_NAME."
    ),
    "conductor.secret_not_set": (
        "The secret “{name}” has no value. Set the environment variable {variable} and start "
        "Harmony Board again."
    ),
    "conductor.player_killed": "The Player's process was ended by signal {value}.",
    "conductor.player_killed_hint": (
        "It may have run out of memory or crashed in native code. The end of what it printed is "
        "below; Retry runs it in a new process."
    ),
    "conductor.player_exited": "The Player's process ended with exit code {value}.",
    "conductor.player_exited_hint": (
        "It ended before it gave a result. The end of what it printed is below; Retry runs it in "
        "a new process."
    ),
    "conductor.player_not_started": "The Player's process did not start.",
    "conductor.player_not_started_hint": (
        "What it printed is below. `harmony doctor` checks whether Player processes can start."
    ),
    "conductor.input_not_readable": "{path} cannot be read: {reason}.",
    "conductor.input_not_readable_hint": (
        "Check that the file exists and that you may read it, or choose another one, then Retry."
    ),
    "conductor.task_not_prepared": "The task could not be prepared: {reason}",
    "conductor.task_not_prepared_hint": "Mend the cause and Retry.",
    "conductor.output_not_kept": "The output could not be stored: {reason}",
    "conductor.output_not_kept_hint": "Make room on the disk of the data folder, then Retry.",
    "conductor.journal_not_written": (
        "The run stopped because its journal could not be written: {reason}. Nothing that was "
        "shown as done is lost. Make room, then resume the run."
    ),
    "conductor.melody_has_errors": "“{name}” cannot run: {count} problem(s). First: {first}",
    "conductor.run_not_ended": "Run {run} has not ended, so there is nothing to retry.",
    "conductor.override_unknown": (
        "{override} names no parameter of this melody. Write NODE.PARAMETER=VALUE; {known}."
    ),
    "conductor.override_value": "{override}: {value!r} is no {kind}.",
}
