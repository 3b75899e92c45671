"""The tables, as the steps that made them: an older database goes through those it lacks, in order.

A step that was published is never changed; what comes next is another one at the end. The number of
steps is the version of the form (`PRAGMA user_version`).
"""

from __future__ import annotations

from typing import Final

# A journal row keeps the record's canonical text itself: the chain is over exactly what is stored.
# Wide columns stand last, since SQLite reads a row from the left.
_RUNS_AND_ARTIFACTS: Final = """
    CREATE TABLE melodies (snapshot TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT;
    CREATE TABLE melody_versions (
        number INTEGER PRIMARY KEY, melody_id TEXT NOT NULL, hash TEXT NOT NULL,
        snapshot TEXT NOT NULL, name TEXT NOT NULL, path TEXT, run TEXT, at REAL NOT NULL) STRICT;
    CREATE INDEX melody_versions_by_melody ON melody_versions (melody_id, number);
    CREATE INDEX melody_versions_by_snapshot ON melody_versions (snapshot);
    CREATE INDEX melody_versions_by_run ON melody_versions (run) WHERE run IS NOT NULL;
    CREATE TABLE runs (
        id TEXT PRIMARY KEY, short TEXT NOT NULL, name TEXT NOT NULL, melody_id TEXT NOT NULL,
        melody_hash TEXT NOT NULL, snapshot TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'Draft', created REAL NOT NULL,
        started REAL, finished REAL, total INTEGER NOT NULL DEFAULT 0,
        completed INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0,
        reused INTEGER NOT NULL DEFAULT 0, skipped INTEGER NOT NULL DEFAULT 0,
        cause TEXT NOT NULL DEFAULT '', parent TEXT, parent_task TEXT, path TEXT,
        base_folder TEXT NOT NULL, overrides TEXT NOT NULL, plan TEXT NOT NULL) STRICT;
    CREATE INDEX runs_by_time ON runs (created, id);
    CREATE INDEX runs_by_state ON runs (state, created, id);
    CREATE INDEX runs_by_short ON runs (short);
    CREATE INDEX runs_by_melody ON runs (melody_id, created);
    CREATE INDEX runs_by_snapshot ON runs (snapshot);
    CREATE TABLE journal (
        run TEXT NOT NULL, sequence INTEGER NOT NULL, hash BLOB NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (run, sequence)) STRICT, WITHOUT ROWID;
    CREATE TABLE chain_heads (
        run TEXT PRIMARY KEY, sequence INTEGER NOT NULL, hash BLOB NOT NULL,
        system INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE system_chain (
        number INTEGER PRIMARY KEY, hash BLOB NOT NULL, content TEXT NOT NULL) STRICT;
    CREATE TABLE artifacts (
        hash TEXT PRIMARY KEY, type TEXT NOT NULL, size INTEGER NOT NULL, suffix TEXT NOT NULL,
        tier TEXT NOT NULL, at REAL NOT NULL, accessed REAL NOT NULL, summary TEXT, inline BLOB)
        STRICT;
    CREATE INDEX artifacts_by_tier ON artifacts (tier, accessed);
    CREATE TABLE run_artifacts (
        run TEXT NOT NULL, task TEXT NOT NULL, hash TEXT NOT NULL,
        PRIMARY KEY (run, task, hash)) STRICT, WITHOUT ROWID;
    CREATE INDEX run_artifacts_by_hash ON run_artifacts (hash);
    CREATE TABLE results (
        number INTEGER PRIMARY KEY, key TEXT NOT NULL, run TEXT NOT NULL, task TEXT NOT NULL,
        at REAL NOT NULL, outputs TEXT NOT NULL) STRICT;
    CREATE INDEX results_by_key ON results (key, number);
    CREATE INDEX results_by_run ON results (run);
    CREATE TABLE pins (
        hash TEXT NOT NULL, holder TEXT NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (hash, holder)) STRICT, WITHOUT ROWID;
    CREATE TABLE checkpoints (
        id TEXT PRIMARY KEY, run TEXT NOT NULL, sequence INTEGER NOT NULL, label TEXT NOT NULL,
        at REAL NOT NULL) STRICT;
    CREATE INDEX checkpoints_by_run ON checkpoints (run);
    CREATE TABLE leases (
        run TEXT PRIMARY KEY, pid INTEGER NOT NULL, start_time TEXT NOT NULL, boot TEXT NOT NULL,
        at REAL NOT NULL) STRICT, WITHOUT ROWID;
    """

# What becomes of artifacts when they age: cut into chunks that lie in packs (one row a chunk and
# tier, whole versions share them), held, judged, found by their words, put aside when damaged.
# Triggers keep two promises whatever statement comes: what is held is not deleted, and what is
# deleted is not found by its words.
_AGEING_ARTIFACTS: Final = """
    CREATE TABLE packs (
        name TEXT PRIMARY KEY, tier TEXT NOT NULL, size INTEGER NOT NULL, at REAL NOT NULL)
        STRICT, WITHOUT ROWID;
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY, hash BLOB NOT NULL, tier TEXT NOT NULL, pack TEXT NOT NULL,
        offset INTEGER NOT NULL, length INTEGER NOT NULL, size INTEGER NOT NULL,
        codec TEXT NOT NULL) STRICT;
    CREATE UNIQUE INDEX chunks_by_hash ON chunks (hash, tier);
    CREATE INDEX chunks_by_pack ON chunks (pack);
    CREATE TABLE artifact_chunks (
        artifact TEXT NOT NULL, place INTEGER NOT NULL, chunk INTEGER NOT NULL,
        PRIMARY KEY (artifact, place)) STRICT, WITHOUT ROWID;
    CREATE INDEX artifact_chunks_by_chunk ON artifact_chunks (chunk);
    CREATE TABLE artifact_moves (
        number INTEGER PRIMARY KEY, hash TEXT NOT NULL, from_tier TEXT NOT NULL,
        event TEXT NOT NULL, to_tier TEXT NOT NULL, why TEXT NOT NULL, at REAL NOT NULL) STRICT;
    CREATE INDEX artifact_moves_by_hash ON artifact_moves (hash, number);
    CREATE TABLE quarantine (
        number INTEGER PRIMARY KEY, hash TEXT NOT NULL, at REAL NOT NULL, path TEXT NOT NULL,
        reason TEXT NOT NULL) STRICT;
    CREATE INDEX quarantine_by_hash ON quarantine (hash, at);
    CREATE TABLE holds (
        number INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL,
        reason TEXT NOT NULL, at REAL NOT NULL, lifted REAL) STRICT;
    CREATE UNIQUE INDEX holds_in_force ON holds (kind, subject, name) WHERE lifted IS NULL;
    CREATE TABLE feedback (
        number INTEGER PRIMARY KEY, hash TEXT NOT NULL, score INTEGER NOT NULL, note TEXT NOT NULL,
        at REAL NOT NULL) STRICT;
    CREATE INDEX feedback_by_hash ON feedback (hash, number);
    CREATE TABLE searchable (
        id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, whole INTEGER NOT NULL, at REAL NOT NULL)
        STRICT;
    CREATE VIRTUAL TABLE artifact_words USING fts5 (
        content, content = '', contentless_delete = 1,
        tokenize = 'unicode61 remove_diacritics 2');
    CREATE TRIGGER words_go_with_their_artifact AFTER UPDATE OF tier ON artifacts
        WHEN new.tier = 'Deleted' BEGIN
        DELETE FROM artifact_words
            WHERE rowid IN (SELECT id FROM searchable WHERE hash = new.hash);
        DELETE FROM searchable WHERE hash = new.hash;
        DELETE FROM artifact_chunks WHERE artifact = new.hash;
    END;
    CREATE TRIGGER held_content_stays BEFORE UPDATE OF tier ON artifacts
        WHEN new.tier = 'Deleted' AND old.tier <> 'Deleted'
        AND (EXISTS (SELECT 1 FROM holds WHERE kind = 'artifact' AND subject = old.hash
                AND lifted IS NULL)
            OR EXISTS (SELECT 1 FROM run_artifacts JOIN holds ON subject = run
                WHERE hash = old.hash AND kind = 'run' AND lifted IS NULL))
        AND NOT EXISTS (SELECT 1 FROM quarantine WHERE hash = old.hash AND at >= old.at) BEGIN
        SELECT RAISE(ABORT, 'it is on hold');
    END;
    CREATE TRIGGER held_artifact_records_stay BEFORE DELETE ON artifacts
        WHEN EXISTS (SELECT 1 FROM holds WHERE kind = 'artifact' AND subject = old.hash
                AND lifted IS NULL)
            OR EXISTS (SELECT 1 FROM run_artifacts JOIN holds ON subject = run
                WHERE hash = old.hash AND kind = 'run' AND lifted IS NULL) BEGIN
        SELECT RAISE(ABORT, 'it is on hold');
    END;
    CREATE TRIGGER held_runs_stay BEFORE DELETE ON runs
        WHEN EXISTS (SELECT 1 FROM holds WHERE kind = 'run' AND subject = old.id
            AND lifted IS NULL) BEGIN
        SELECT RAISE(ABORT, 'it is on hold');
    END;
    CREATE TRIGGER holds_are_lifted_not_deleted BEFORE DELETE ON holds BEGIN
        SELECT RAISE(ABORT, 'a hold is lifted, its record stays');
    END;
    """

# What the pool remembers across sessions: which Players keep crashing, which Player this user runs
# after which, and which one came last.
_CRASHES_AND_HABITS: Final = """
    CREATE TABLE breakers (
        player TEXT PRIMARY KEY, state TEXT NOT NULL, changed REAL NOT NULL,
        openings INTEGER NOT NULL, crashes TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE player_habits (
        before TEXT NOT NULL, after TEXT NOT NULL, weight REAL NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (before, after)) STRICT, WITHOUT ROWID;
    CREATE TABLE last_player (
        only INTEGER PRIMARY KEY CHECK (only = 1), player TEXT NOT NULL, at REAL NOT NULL) STRICT;
    """

# Nobody asks for the artifacts of one tier by age: who does reads them all. Each new artifact and
# each reading of one had to move an entry of this index.
_WITHOUT_THE_INDEX_BY_TIER: Final = "DROP INDEX artifacts_by_tier;"

# A checkpoint is a cut of the whole state, no longer a place in one journal. A run that was forked
# from another says up to which record of that one its results hold. What is named by a checkpoint
# that a person made is not deleted; automatic ones go with their run (`checkpoints.py`).
_CHECKPOINTS_OF_THE_WHOLE: Final = """
    ALTER TABLE runs ADD COLUMN parent_sequence INTEGER;
    CREATE INDEX runs_by_parent ON runs (parent) WHERE parent IS NOT NULL;
    DROP TABLE checkpoints;
    CREATE TABLE checkpoints (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, kind TEXT NOT NULL,
        at REAL NOT NULL, run TEXT, system INTEGER NOT NULL, versions INTEGER NOT NULL,
        settings TEXT NOT NULL, digest TEXT NOT NULL) STRICT;
    CREATE TABLE checkpoint_runs (
        checkpoint TEXT NOT NULL, run TEXT NOT NULL, sequence INTEGER NOT NULL, state TEXT NOT NULL,
        PRIMARY KEY (checkpoint, run)) STRICT, WITHOUT ROWID;
    CREATE INDEX checkpoint_runs_by_run ON checkpoint_runs (run);
    CREATE TABLE entity_states (hash TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
    CREATE TABLE checkpoint_entities (
        checkpoint TEXT NOT NULL, place INTEGER NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL,
        hash TEXT NOT NULL, masked INTEGER NOT NULL, PRIMARY KEY (checkpoint, place))
        STRICT, WITHOUT ROWID;
    CREATE INDEX checkpoint_entities_by_hash ON checkpoint_entities (hash);
    CREATE TABLE checkpoint_artifacts (
        checkpoint TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (checkpoint, hash))
        STRICT, WITHOUT ROWID;
    CREATE TRIGGER all_of_a_checkpoint_goes AFTER DELETE ON checkpoints BEGIN
        DELETE FROM checkpoint_runs WHERE checkpoint = old.id;
        DELETE FROM checkpoint_entities WHERE checkpoint = old.id;
        DELETE FROM checkpoint_artifacts WHERE checkpoint = old.id;
    END;
    CREATE TRIGGER runs_of_a_checkpoint_stay BEFORE DELETE ON runs
        WHEN EXISTS (SELECT 1 FROM checkpoint_runs WHERE run = old.id) BEGIN
        SELECT RAISE(ABORT, 'a checkpoint refers to it');
    END;
    """

MIGRATIONS: Final[tuple[str, ...]] = (
    _RUNS_AND_ARTIFACTS,
    _AGEING_ARTIFACTS,
    _CRASHES_AND_HABITS,
    _WITHOUT_THE_INDEX_BY_TIER,
    _CHECKPOINTS_OF_THE_WHOLE,
)
