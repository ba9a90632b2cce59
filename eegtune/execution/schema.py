"""The tables of a run's database, and how older databases become newer ones.

`PRAGMA user_version` holds the version. A new version appends one script to `MIGRATIONS`;
scripts that were released never change.
"""

from __future__ import annotations

import sqlite3

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE run (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        experiment TEXT NOT NULL,          -- the defaulted Experiment as JSON
        condition TEXT NOT NULL,
        reason TEXT NOT NULL DEFAULT '',
        message TEXT NOT NULL DEFAULT '',
        start_time TEXT,
        completion_time TEXT,
        search_exhausted INTEGER NOT NULL DEFAULT 0,
        paused INTEGER NOT NULL DEFAULT 0,
        given_counts TEXT NOT NULL DEFAULT '{}' -- JSON: the editable counts as `run` got them
    );
    CREATE TABLE trial (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        assignments TEXT NOT NULL,         -- JSON object, in the spec's order
        labels TEXT NOT NULL,              -- JSON object
        condition TEXT NOT NULL,
        reason TEXT NOT NULL,
        message TEXT NOT NULL DEFAULT '',
        cause TEXT NOT NULL DEFAULT 'search',
        attempt INTEGER NOT NULL DEFAULT 0,
        exit_code INTEGER,
        signal INTEGER,
        start_time TEXT,
        completion_time TEXT,
        metrics TEXT NOT NULL DEFAULT '{}' -- JSON object: metric to number
    );
    CREATE TABLE metric_log (
        id INTEGER PRIMARY KEY,
        trial INTEGER NOT NULL REFERENCES trial (number),
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        time TEXT                          -- of the line itself, RFC 3339; NULL where it has none
    );
    CREATE INDEX metric_log_by_trial ON metric_log (trial, id);
    CREATE TABLE event (
        id INTEGER PRIMARY KEY,
        time TEXT NOT NULL,
        kind TEXT NOT NULL,
        detail TEXT NOT NULL               -- JSON object
    );
    CREATE INDEX event_by_kind ON event (kind, id);
    """,
)
VERSION = len(MIGRATIONS)


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of a database's tables; 0 for an empty one."""
    row = connection.execute("PRAGMA user_version").fetchone()
    return int(row[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables to the newest version, each step in a transaction of its own.

    Raises:
        ValueError: A newer eegtune wrote the database.
    """
    version = version_of(connection)
    if version > VERSION:
        raise ValueError(
            f"run.db has version {version}, this eegtune knows up to {VERSION}; "
            "use the eegtune that wrote it, or a newer one"
        )
    for number in range(version, VERSION):
        script = (
            f"BEGIN IMMEDIATE; {MIGRATIONS[number]} PRAGMA user_version = {number + 1}; COMMIT;"
        )
        connection.executescript(script)
