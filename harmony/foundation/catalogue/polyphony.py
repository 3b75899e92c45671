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
}
