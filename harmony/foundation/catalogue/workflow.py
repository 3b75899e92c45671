"""Words of the workflow state machines."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    "workflow.illegal_event": (
        "The workflow {machine} cannot take {event} while it is {state}. Possible now: {legal}."
    ),
    "workflow.nothing_to_roll_back": (
        "The workflow {machine} is {state}, and no transition is left to take back; its history "
        "begins with record {first}."
    ),
    "workflow.bad_id": (
        "{name!r} cannot name a workflow. A name has 1 to 100 visible characters, without spaces "
        "at its ends."
    ),
    "workflow.event_name": (
        "{name!r} cannot name a custom event. A name has 1 to 100 visible characters, without "
        "spaces at its ends, and is none of {reserved}."
    ),
    "workflow.context_key": (
        "{key} cannot name a value of the context. A name is a text of 1 to {limit} characters."
    ),
    "workflow.context_value": "The value of {key!r} cannot be kept: {reason}.",
    "workflow.context_form": "A context is an object with at most {limit} names.",
    "workflow.context_not_kept": (
        "The context of the workflow {machine} after record {sequence} is not kept any more. It is "
        "known from record {first} to {last}."
    ),
    "workflow.no_handler": (
        "An object of the type {kind} is no handler: it has none of the methods {methods}."
    ),
    "workflow.own_handler": (
        "A handler of the workflow {machine} waits for this workflow itself, which waits for the "
        "handler. Start the event with asyncio.create_task and do not wait for it in the handler."
    ),
    # Definitions
    "workflow.definition_form": "The definition in {where} has another form: {reason}.",
    "workflow.no_initial_state": (
        "{where} does not say where it begins. Add initial_state, one of: {states}."
    ),
    "workflow.unknown_initial_state": (
        "{where} begins with {state!r}, which is none of its states: {states}."
    ),
    "workflow.unknown_target": (
        "In {where}, {event!r} at {state!r} leads to a state that there is not: {target!r}. "
        "States: {states}. A state where the workflow ends is a table, too, and an empty one."
    ),
    "workflow.unreachable": "In {where}, nothing leads from {initial!r} to: {states}.",
    "workflow.bad_name": (
        "In {where}, {name!r} is no name. A name has 1 to 100 visible characters, without spaces "
        "at its ends."
    ),
    "workflow.duplicate_state": "{where} has the state {state!r} twice.",
    "workflow.duplicate_arrow": (
        "In {where}, two entries say where {event!r} leads. Remove one of them, for example {key}."
    ),
    "workflow.definition_too_large": ("{where} has more than {states} states or {arrows} arrows."),
    "workflow.reserved_event": (
        "In {where}, {event!r} cannot be given a state: Rollback goes back to the state before, "
        "and a custom event stands under its own name."
    ),
    "workflow.toml_syntax": "{where} is not TOML: {reason}.",
    "workflow.toml_too_large": "{where} is larger than {limit} bytes.",
    "workflow.toml_too_deep": "{where} is nested more than {limit} deep.",
    "workflow.toml_too_many": "{where} has more than {limit} definitions.",
    "workflow.toml_empty": "{where} has no table [workflow.NAME], so it defines nothing.",
    "workflow.toml_type": "{where} is not {wanted}.",
    "workflow.toml_unknown_key": "{where} has an entry {key!r}. There may be: {known}.",
    "workflow.toml_which": "{where} has no definition {name!r}. There are: {known}.",
    # At rest
    "workflow.serialized": "This is no serialised workflow: {reason}.",
    "workflow.serialized_format": (
        "A serialised workflow of the form {format} cannot be read; this program knows {known}."
    ),
    "workflow.history_state": (
        "The history of {workflow} begins after record {sequence} with the state {state!r}, which "
        "its definition does not have."
    ),
    "workflow.history_gap": (
        "In the history of {workflow}, record {sequence} stands where {expected} must come."
    ),
    "workflow.history_broken": (
        "In the history of {workflow}, record {sequence} leaves {state!r}, but the workflow was "
        "{expected!r}."
    ),
    "workflow.history_illegal": (
        "In the history of {workflow}, record {sequence} is no transition of its definition: "
        "{event} from {from_state!r} to {to_state!r}."
    ),
    # Orchestrator
    "workflow.registered": "A workflow {workflow!r} is registered already.",
    "workflow.not_registered": "No workflow {workflow!r} is registered. There are: {known}.",
    "workflow.other_name": (
        "A machine called {own!r} cannot be registered as {workflow!r}. Register it as {own!r}."
    ),
    # Store
    "workflow.store_address": (
        "{address!r} is no address of a database. Give a path, or sqlite: and a path, with "
        "?mode=rw or ?mode=rwc; a durable store cannot be in memory."
    ),
    "workflow.store_missing": "There is no database {path}.",
    "workflow.store_not_opened": "The database {path} cannot be opened: {reason}.",
    "workflow.store_damaged": (
        "The database {path} is damaged ({reason}). It was left as it is. Put back a copy, or move "
        "it away together with the files beside it to begin with an empty one."
    ),
    "workflow.store_foreign": "{path} is a database of another program. Choose another path.",
    "workflow.store_newer": (
        "The database {path} was made by a newer version of this program (its form is {version}, "
        "this program knows {known}). It was left as it is. Update the program."
    ),
    "workflow.not_copied_before_update": (
        "The database {path} is of an older version and cannot be brought up to date, since no "
        "copy of it could be made at {target} ({reason}). It was left as it is. Free some space "
        "there, then start again."
    ),
    "workflow.disk_full": (
        "The disk that holds {path} is full, so nothing more can be recorded. Free some space; "
        "what was recorded before is safe."
    ),
    "workflow.write_failed": (
        "The database {path} could not be written ({reason}). What was recorded before is safe."
    ),
    "workflow.read_failed": "The database {path} could not be read: {reason}.",
    "workflow.store_closed": "The store {path} is closed.",
    "workflow.mark_not_written": (
        "The mark of what was recorded last could not be written ({reason}). The records "
        "themselves are safe, but a later loss would go unnoticed."
    ),
    "workflow.commits_missing": (
        "The database lacks its last {missing} acknowledged commits (it should have "
        "{acknowledged}). The disk lost data, or an older copy was put back."
    ),
    "workflow.other_history": (
        "Commit {number} of the database is not the one that was acknowledged. "
        "The file was replaced by another one, or changed."
    ),
    "workflow.retention": (
        "A store keeps at least one record, and records for more than no time; not {most} records "
        "and {age} seconds."
    ),
    "workflow.unknown": "The store has no workflow {workflow!r}.",
    "workflow.unknown_checkpoint": "The store has no checkpoint {checkpoint!r}.",
    "workflow.id_taken": "There is a workflow {workflow!r} already.",
    "workflow.conflict": (
        "Record {sequence} of {workflow}, which leaves {from_state!r}, does not follow what is "
        "stored: the workflow is {state!r} after record {stored}. Another program or machine went "
        "on with it; recover it from the store."
    ),
    "workflow.other_workflow": (
        "The store has another history of {workflow} than this machine (it ends with record "
        "{stored}, the machine's with {last}). Recover it from the store, or give it another name."
    ),
    "workflow.checkpoint_of_other": (
        "The checkpoint {checkpoint} belongs to {workflow}, not to {other}. Name the new workflow "
        "with as_workflow to begin another one there."
    ),
    # Recovery
    "workflow.not_recovered": "The workflow {workflow} cannot be recovered. {reasons}",
    "workflow.unreadable": "Of {workflow}, the stored {what} cannot be read: {reason}.",
    "workflow.records_missing": "Of {workflow}, the records {first} to {last} are missing.",
    "workflow.record_changed": "Of {workflow}, record {sequence} is not as it was written.",
    "workflow.head_changed": "The history of {workflow} does not end where it was left.",
    "workflow.row_differs": (
        "{workflow} is stored as {state!r} after record {sequence}, but its records lead to "
        "{expected!r} after {last}."
    ),
    "workflow.checkpoint_changed": (
        "The checkpoint {checkpoint} of {workflow} is not as it was written."
    ),
    # Hierarchy
    "workflow.hierarchy_names": (
        "{state!r} cannot be a state with the children {children}: names differ, have 1 to 100 "
        "visible characters and no slash."
    ),
    "workflow.hierarchy_form": (
        "{state!r} is no state within states: a name, children at most {limit} deep, and one of "
        "the five states."
    ),
    "workflow.hierarchy_unknown": "In {state!r} there is nothing under {path!r}.",
}
