"""Words of the Pit."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    "pit.scope_unknown": (
        "There is no node {node!r} to run in this melody. Its nodes: {known}. Look the name up in "
        "the inspector."
    ),
    "pit.upstream_failed": "Skipped: {title}, which it depends on, failed.",
    "pit.upstream_cancelled": "Skipped: {title}, which it depends on, was cancelled.",
    "pit.upstream_given_up": (
        "Skipped: {title}, which it depends on, failed and was given up as not essential."
    ),
    "pit.failure_accepted": "Given up, since {title} is not essential: {reason}",
    "pit.halted": "Stopped: {title} failed, and it is set to halt the run.",
    "pit.round_failed": "Round {round} of the loop failed at {node}.",
    "pit.no_majority": (
        "No majority: {needed} replicas must give the same result; {agreed} did, {failed} failed."
    ),
    "pit.branch_not_taken": "Skipped: nothing came in at {port}; the other way was taken.",
    "pit.empty_list": "Skipped: the list that came in is empty, so there was nothing to do.",
    "pit.lists_of_different_length": (
        "The lists that come in are of different length, so they cannot go item by item: {lengths}."
    ),
    "pit.player_refused": (
        "{player} crashed {count} times in a short while. It is tried again in {seconds} s."
    ),
    "pit.player_on_trial": (
        "{player} crashed several times. One task is trying whether it works again."
    ),
    "pit.plan_newer": (
        "This run was planned by a newer version of Harmony Board (form {format}; this one knows "
        "{known}). Open it with that version."
    ),
    "pit.plan_unreadable": "The plan of this run cannot be read: {reason}.",
    "pit.output_not_json": "An output holds a value that cannot be stored: {reason}.",
    "pit.output_value": "An output of type {type} came as {found}.",
    "pit.output_not_base64": "An output of type {type} did not come as base64.",
    "pit.output_too_large": (
        "An output of type {type} came as one value of {size} bytes; at most {limit} may. "
        "Larger ones are staged as a file."
    ),
    "pit.output_summary": (
        "The summary beside an output is no object, or larger than {limit} bytes."
    ),
    "pit.output_type": "An output has the unknown type {type}.",
    "pit.output_form": "An output of type {type} is not of the agreed form (found: {found}).",
    "pit.output_item_type": "An output of type {type} has an item of type {item}.",
    "pit.staged_name": "A staged file has the name {name}; only a plain name is allowed.",
    "pit.staged_missing": "The staged file {name!r} cannot be read: {reason}.",
    "pit.staged_not_plain": (
        "The staged file {name!r} is a link or no plain file. Write the content itself."
    ),
    "pit.artifact_unknown": "There is no artifact {hash}.",
    "pit.artifact_has_no_file": "Artifact {hash} is small and has no file of its own.",
    "pit.artifact_expired": (
        "The content of artifact {hash} was deleted to save disk space. "
        "Run the task that made it again."
    ),
    "pit.artifact_file_gone": (
        "The file of artifact {hash} is gone. Run the task that made it again."
    ),
    "pit.artifact_damaged": (
        "The content of artifact {hash} was damaged on disk. It was put aside as {path}. "
        "Run the task that made it again."
    ),
    "pit.artifact_put_aside": (
        "Artifact {hash} was found damaged and put aside. `harmony artifact {hash}` says "
        "which task of which run made it; retrying that run makes it again."
    ),
    "pit.content_not_its_hash": "its content is not what its hash says",
    "pit.pack_unreadable": "The pack {pack} in {place} cannot be read: {reason}.",
    "pit.chunks_damaged": "{count} pieces of artifact {hash} are not what they were.",
    "pit.cold_not_configured": (
        "Artifact {hash} lies in the cold tier, and none is configured now. Put the setting "
        "cold_target back as it was when it was moved there."
    ),
    "pit.cold_library_missing": (
        "The cold tier {target} needs a library that is not installed ({reason}). "
        "Install harmony-board[cloud], and what fsspec needs for this kind of target."
    ),
    "pit.cold_unreachable": (
        "The cold tier {target} cannot be used now ({reason}). What lies there stays; "
        "it is tried again later."
    ),
    "pit.file_not_readable": "{path} cannot be read: {reason}.",
    "pit.file_not_plain": "{path} cannot be read: {reason}.",
    "pit.file_changing": "{path} keeps changing while it is read. Try again when it is complete.",
    "pit.folder_too_large": (
        "The folder {path} holds more than {limit} files. Choose a smaller one."
    ),
    "pit.no_slots": (
        "No task of this kind can run: the settings leave no running slot for it. "
        "Set {kind}_slots to 1 or more."
    ),
    "pit.memory_over_machine": (
        "The task declares {wanted} MB of memory; all tasks together may use {size} MB here. "
        "Declare less, or raise the memory budget in the settings."
    ),
    "pit.memory_over_limit": (
        "The task declares {wanted} MB of memory; this run may use {cap} MB at once. "
        "Declare less, or raise the memory limit of the melody."
    ),
    "pit.tokens_used_up": (
        "The run's budget of tokens does not reach: {spent} of {cap} are spent, and the task may "
        "need {wanted}. Raise the token limit of the melody, then retry the run."
    ),
    "pit.money_used_up": (
        "The run's budget of money does not reach: {spent:g} of {cap:g} are spent, and the task "
        "may need {wanted:g}. Raise the money limit of the melody, then retry the run."
    ),
    "pit.resource_slot": "a running slot",
    "pit.resource_memory": "memory that other tasks held",
    "pit.resource_memory_limit": "the run's own memory limit",
    "pit.resource_tokens": "tokens that other tasks of the run had set aside",
    "pit.resource_money": "money that other tasks of the run had set aside",
    "pit.why_asked": "It asked to run.",
    "pit.why_waits_first": (
        "It is first of its run and waits for {resource}; other runs in line: {runs}."
    ),
    "pit.why_waits": (
        "It waits for {resource} behind {own} of its run (first: {first}); other runs in line: "
        "{runs}."
    ),
    "pit.why_at_once": "It went at once: there was room.",
    "pit.why_waited": "It waited {seconds} s for {resource}; nothing else went first.",
    "pit.why_waited_own": (
        "It waited {seconds} s for {resource}; meanwhile {own} of its own run went first."
    ),
    "pit.why_waited_others": (
        "It waited {seconds} s for {resource}; meanwhile {others} of other runs went first."
    ),
    "pit.why_waited_both": (
        "It waited {seconds} s for {resource}; meanwhile {own} of its own run and {others} of "
        "other runs went first."
    ),
    "pit.why_released": "It gave its slot back.",
    "pit.why_withdrawn": "It was taken out of the line.",
    "pit.why_share": "It took {share} of a slot: its Player is sent work ahead.",
    "pit.why_priority": "Its node has priority {priority}.",
    "pit.why_weight": "Its run has weight {weight:g} beside other runs.",
    "pit.why_memory_mb": "It declared {amount} MB of memory.",
    "pit.why_tokens": "It had {amount} tokens of the run's budget set aside.",
    "pit.why_money": "It had {amount} of the run's budget of money set aside.",
    "pit.content_damaged": "The content of artifact {hash:.10} is not what its hash says. {path}",
    "pit.content_gone": "The content of artifact {hash:.10} is gone ({size} bytes).",
    "pit.file_without_record": "No record needs the file {path}.",
    "pit.repaired_content": "Artifact {hash:.10} was restored from {source}.",
    "pit.content_lost": ("The content of artifact {hash:.10} ({type}) is lost{aside}. {remade}"),
    "pit.remake": "Task {task} made it: `harmony retry {run}` makes it again.",
    "pit.remake_none": "The run that made it is gone.",
}
