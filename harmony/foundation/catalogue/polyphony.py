"""Words of the store."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    "polyphony.store_damaged": (
        "The store {path} is damaged ({reason}). It was left as it is. Put back a copy, or move it "
        "away together with the files beside it to begin with an empty one."
    ),
    "polyphony.store_not_opened": "The store {path} cannot be opened: {reason}.",
    "polyphony.store_foreign": (
        "{path} is a database of another program. Choose another data folder with --home or "
        "HARMONY_HOME."
    ),
    "polyphony.store_newer": (
        "The store {path} was made by a newer version of this program (its form is {version}, this "
        "program knows {known}). Update the program, or choose another data folder with --home."
    ),
    "polyphony.not_copied_before_update": (
        "The store {path} is of an older version and cannot be brought up to date, since no copy "
        "of it could be made at {target} ({reason}). It was left as it is. Free some space there, "
        "then start again."
    ),
    "polyphony.store_closed": "The store is already closed.",
    "polyphony.disk_full": (
        "The disk that holds {path} is full, so nothing more can be recorded. Free some space; "
        "what was recorded before is safe."
    ),
    "polyphony.write_failed": (
        "The store {path} could not be written ({reason}). What was recorded before is safe."
    ),
    "polyphony.commit_not_json": "Something was to be stored that has no form in JSON: {reason}.",
    "polyphony.journal_gap": (
        "Record {sequence} of run {run} does not follow on: record {expected} comes next."
    ),
    "polyphony.run_unknown": "There is no run {run!r}. `harmony runs` lists them.",
    "polyphony.run_ambiguous": (
        "Several runs are called like {run!r}: {candidates}. Write more of the one that is meant."
    ),
    "polyphony.artifact_unknown": (
        "There is no artifact {artifact!r}. `harmony show RUN` names those of a run; give four "
        "letters of its hash or more."
    ),
    "polyphony.artifact_ambiguous": (
        "Several artifacts begin like {artifact!r}: {candidates}. Write more of the one that is "
        "meant."
    ),
    "polyphony.run_owned": (
        "Run {run} is being run by another Harmony process (number {pid}). Watch it there, or stop "
        "that process first."
    ),
    "polyphony.checkpoint_unknown": (
        "There is no checkpoint {checkpoint!r}. `harmony checkpoints list` names them."
    ),
    "polyphony.checkpoint_ambiguous": (
        "Several checkpoints are called like {checkpoint!r}: {candidates}. Write more of the one "
        "that is meant."
    ),
    "polyphony.checkpoint_damaged": (
        "Checkpoint {checkpoint} is not as it was written, so nothing was restored from it. "
        "Resume from another one."
    ),
    "polyphony.high_water_not_written": (
        "The mark of what was recorded last could not be written ({reason}). The records "
        "themselves are safe, but a later loss would go unnoticed."
    ),
    "polyphony.commits_missing": (
        "The store lacks its last {missing} acknowledged commits (it should have {acknowledged}). "
        "The disk lost data, or an older copy was put back. Newer runs may be incomplete."
    ),
    "polyphony.other_history": (
        "Commit {number} of the store is not the one that was acknowledged. "
        "The file was replaced by another one, or changed."
    ),
    "polyphony.record_missing": "Run {run}: records {first} to {last} of its journal are missing.",
    "polyphony.record_changed": (
        "Run {run}: record {sequence} of its journal is not as it was written."
    ),
    "polyphony.records_changed": (
        "Run {run}: of the records {first} to {last} of its journal, which were written together, "
        "one is not as it was written."
    ),
    "polyphony.journal_unreadable": (
        "The journal of run {run} is damaged and cannot be read. Other runs are not affected."
    ),
    "polyphony.head_missing": "Run {run}: where its journal ends is not recorded any more.",
    "polyphony.head_changed": "Run {run}: its journal does not end where it was left.",
    "polyphony.run_missing": "Run {run} is gone without having been deleted.",
    "polyphony.system_chain_changed": "Commit {number} of the store is not as it was written.",
    "polyphony.log_not_written": (
        "What the tasks of run {run} say cannot be kept: {reason}. The run goes on without its log."
    ),
    "polyphony.log_unreadable": "The log {path} cannot be read: {reason}.",
    "polyphony.cure_repair": "`harmony repair --dry-run` says what can be made good.",
    "polyphony.cure_leftover": "Nothing needs it. `harmony gc` removes it a day after it was made.",
    "polyphony.cure_known": "This was found and written down before. Nothing more can be done.",
    "polyphony.repair_unfinished": (
        "A repair of {path} was cut short before its end. Run `harmony repair` once more."
    ),
    "polyphony.database_gone": "The database {path} is gone, although commits were kept in it.",
    "polyphony.database_unreadable": "The database cannot be read: {reason}.",
    "polyphony.pages_damaged": "Pages of the database are damaged: {reason}.",
    "polyphony.mark_damaged": (
        "The mark of what was recorded last is damaged ({slots} of 2 places)."
    ),
    "polyphony.mark_missing": (
        "The mark of what was recorded last is gone; commit {number} is the last one here."
    ),
    "polyphony.melody_changed": "The melody {snapshot:.10} is not as it was written.",
    "polyphony.melody_missing": "The melody {snapshot:.10} of {name!r} is gone.",
    "polyphony.artifact_row_missing": (
        "Task {task} of run {run} refers to the artifact {hash:.10}, which is not recorded."
    ),
    "polyphony.chunks_missing": "Pieces of the artifact {hash:.10} are not recorded any more.",
    "polyphony.checkpoint_changed": "Checkpoint {checkpoint} ({name}) is not as it was written.",
    "polyphony.file_left_over": "{path} was left over when something was cut short.",
    "polyphony.journal_without_run": "Run {run} has a journal, but is in no list of runs.",
    "polyphony.run_without_journal": "Run {run} stands as {state} and has no journal.",
    "polyphony.finished_twice": (
        "Run {run}: {machine} finished a second time, in record {sequence}."
    ),
    "polyphony.move_not_legal": (
        "Run {run}: in record {sequence} {machine}, which stood at {stood}, made a move that it "
        "cannot make: {move}."
    ),
    "polyphony.run_state_differs": (
        "Run {run} is listed as {listed}, and by its journal it is {state}."
    ),
    "polyphony.use_missing": (
        "Run {run}: that task {task} uses the artifact {hash:.10} is not listed any more."
    ),
    "polyphony.store_in_use": (
        "Another program has the store open ({reason}), and it cannot be repaired under it. Close "
        "the Board and what runs, then try again."
    ),
    "polyphony.repaired_database": (
        "The database was put together anew: {rows} rows are kept. How it was lies in {place}."
    ),
    "polyphony.rows_lost": "Some rows of the table {table} could not be read and are lost.",
    "polyphony.repaired_records": (
        "Run {run}: its first {kept} records are kept. What followed lies in {place}."
    ),
    "polyphony.repaired_run_gone": (
        "Run {run} is lost; that it was there is noted. What was left of it lies in {place}."
    ),
    "polyphony.repaired_state": "Run {run} is listed as {state} again, as its journal says.",
    "polyphony.repaired_use": "The uses of artifacts by run {run} are listed again.",
    "polyphony.repaired_melody": "The melody {snapshot:.10} was restored from {source}.",
    "polyphony.repaired_checkpoint": (
        "Checkpoint {checkpoint} ({name}) is lost. What was left of it lies in {place}; the runs "
        "that it named are as they were."
    ),
    "polyphony.repaired_mark": "The mark of what was recorded last was written anew.",
    "polyphony.repaired_artifact_row": (
        "The artifact {hash:.10} is recorded again; its content is {content}."
    ),
    "polyphony.not_tidied": (
        "The store was closed without being tidied up ({reason}). The next start does that."
    ),
    "polyphony.noted_loss": "Cannot be made good, and was noted: {what}",
}
