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
    "conductor.player_not_started": "The Player's process did not start: {reason}",
    "conductor.player_not_started_hint": (
        "What it printed is below. `harmony doctor` checks whether Player processes can start."
    ),
    "conductor.process_ended": "It ended with {value} and said nothing.",
    "conductor.task_timed_out": "It took longer than the {seconds} s that the node allows.",
    "conductor.task_timed_out_hint": (
        "Its process was ended. If it needs the time, give the node a longer limit; then Retry."
    ),
    "conductor.task_without_progress": "It showed no sign of progress for {seconds} s.",
    "conductor.task_without_progress_hint": (
        "Its process was ended. A Player that works long reports with context.progress or "
        "context.heartbeat."
    ),
    "conductor.task_took_unusually_long": (
        "It took longer than {seconds} s, three times its longest time in past runs."
    ),
    "conductor.task_took_unusually_long_hint": (
        "Its process was ended. If the work has grown, turn the adaptive limit of the node off; "
        "then Retry."
    ),
    "conductor.node_failed": "{title} failed: {reason}",
    "conductor.task_not_sent": "The task could not be sent to its process: {reason}",
    "conductor.task_not_sent_hint": (
        "Its inputs or parameters may be too large for one message. Pass large values as a table "
        "or a file."
    ),
    "conductor.package_changed": (
        "The Players of “{package}” have changed since this run was planned."
    ),
    "conductor.package_changed_hint": (
        "Retry goes on in a new run with the Players as they are now; results that still hold are "
        "taken over."
    ),
    "conductor.player_refused": "{reason}",
    "conductor.player_refused_hint": (
        "See in the log of its last tasks why it crashed, mend that or choose another Player, "
        "then Retry."
    ),
    "conductor.input_changed": "A file that it reads changed while it ran.",
    "conductor.input_not_readable": "{path} cannot be read: {reason}.",
    "conductor.input_not_readable_hint": (
        "Check that the file exists and that you may read it, or choose another one, then Retry."
    ),
    "conductor.task_not_prepared": "The task could not be prepared: {reason}",
    "conductor.task_not_prepared_hint": "Mend the cause and Retry.",
    "conductor.output_not_kept": "The output could not be stored: {reason}",
    "conductor.output_not_kept_hint": "Make room on the disk of the data folder, then Retry.",
    "conductor.journal_not_written": (
        "The run stopped because its journal could not be written. {reason} Nothing that was shown "
        "as done is lost: resume the run afterwards."
    ),
    "conductor.run_waits": (
        "The run waits, since its journal cannot be written. {reason} It goes on by itself as soon "
        "as there is room; nothing is lost meanwhile."
    ),
    "conductor.run_stopped": (
        "The run stopped because of a mistake in the program: {reason}. Nothing that was shown as "
        "done is lost; the run can be resumed."
    ),
    "conductor.rule_broken": "a step of the run broke a rule that always holds ({found})",
    "conductor.melody_has_errors": "“{name}” cannot run: {count} problem(s). First: {first}",
    "conductor.run_not_ended": "Run {run} has not ended, so there is nothing to retry.",
    "conductor.run_did_not_fail": "Run {run} is {state}, so there is nothing to retry.",
    "conductor.retry_would_be_stale": (
        "Run {run} cannot be tried again in place: what it did was taken back, or a node went on "
        "without a value that it may get now. Run the melody again as a child of it "
        "(`harmony retry` does)."
    ),
    "conductor.pin_missing": (
        "The value pinned to {node} is no longer kept here. Unpin the node, or run it and pin what "
        "it gives now."
    ),
    "conductor.run_set_aside": (
        "Run {run} is set aside: the program ended suddenly under it {times} times. Look at its "
        "log first (`harmony show {run} --log`). To go on all the same: `harmony resume {run} "
        "--anyway`, or *Resume anyway* on the Board."
    ),
    "conductor.players_differ": (
        "Run {run} was started with other versions of {packages}. To take over what still holds "
        "and run the rest with the Players as they are now: `harmony resume {run} --migrate`. To "
        "begin anew, run the melody again."
    ),
    "conductor.run_has_ended": (
        "Run {run} is {state}, so there is nothing to resume. A failed run is tried again with "
        "Retry (`harmony retry`)."
    ),
    "conductor.override_unknown": (
        "{override} names no parameter of this melody. Write NODE.PARAMETER=VALUE; {known}."
    ),
    "conductor.override_value": "{override}: {value!r} is no {kind}.",
    "conductor.task_unknown": (
        "This run has no task {task!r}. `harmony show RUN` lists its tasks; near this name: "
        "{matches}."
    ),
    "conductor.attempt_unknown": (
        "There is no attempt {attempt} at {task}: the last one is {last}."
    ),
    "conductor.task_never_began": (
        "{task} was never given to its Player in this run, so there is nothing to repeat. "
        "`harmony show RUN --why {task}` tells why."
    ),
    "conductor.task_of_others": (
        "{task} is done by other tasks: its rounds or replicas. Choose one of those; `harmony show "
        "RUN` lists them."
    ),
}
