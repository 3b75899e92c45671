"""Words of the time line: the moments of a run, and its tasks by process."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    "timeline.name": "Time line of the run",
    "timeline.help": (
        "Left and right step from event to event, with Shift by ten; Home and End go to the ends; "
        "Space plays; Esc comes back"
    ),
    "timeline.reading": "Reading the run…",
    "timeline.empty": "Nothing has happened yet",
    "timeline.elapsed": "{elapsed} of {whole}",
    "timeline.play": "Play (Space)",
    "timeline.stop": "Stop playing (Space)",
    "timeline.live": "Live",
    "timeline.last": "Now",
    "timeline.live_tip": "Back to how the run stands now (Esc)",
    "timeline.chart": "Gantt",
    "timeline.chart_tip": "Tasks by process, with the critical path ({keys})",
    "timeline.as_it_was": "As it was at {time}",
    "timeline.back": "Back to now",
    "timeline.back_tip": "Show the run as it stands now (Esc on the time line)",
    "timeline.edits_kept": "This is the past. What you edit is kept, in the melody of now.",
    "timeline.hover": "{time} · {words}",
    "timeline.and_more": "{words}, and {count} more",
    "timeline.task": "{node} {what}",
    "timeline.item": "{node} ({task}) {what}",
    "timeline.did_ready": "is ready",
    "timeline.did_pending": "waits again",
    "timeline.did_allocated": "got a process",
    "timeline.did_executing": "began",
    "timeline.did_storing": "returned",
    "timeline.did_completed": "finished",
    "timeline.did_failed": "failed",
    "timeline.did_failed_why": "failed: {reason}",
    "timeline.did_retrying": "will be tried again",
    "timeline.did_skipped": "was skipped",
    "timeline.did_reused": "was reused",
    "timeline.did_cancelled": "was stopped",
    "timeline.did_saved": "kept a state of its own",
    "timeline.run_queued": "the run was queued",
    "timeline.run_executing": "the run went on",
    "timeline.run_paused": "the run was paused",
    "timeline.run_completed": "the run completed",
    "timeline.run_failed": "the run failed",
    "timeline.run_cancelled": "the run was stopped",
    "timeline.run_other": "the run became {state}",
    "timeline.checkpoint": "checkpoint {label}",
    "timeline.before": "before the run",
    # The chart of tasks by process
    "timeline.chart_name": "Tasks by process",
    "timeline.chart_help": (
        "Left and right go from task to task, up and down from process to process, Enter shows the "
        "task on the canvas at that moment; plus, minus and 0 zoom"
    ),
    "timeline.row": "Player {number}",
    "timeline.bar": "{node} · {task}\nattempt {attempt} · {what} · {time}",
    "timeline.bar_waited": "waited {time}",
    "timeline.bar_on_path": "on the critical path",
    "timeline.nothing_ran": "No task has run yet.",
}
