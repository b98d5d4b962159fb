"""The shape of the database of runs and rooms, its version, and the way from each earlier version to it.

A new column needs a default, and nothing else: a database that lacks it gets it when it is opened. Any other change
is a step at the end of `_STEPS`, which each database takes once; its version counts the steps that it has taken. Apps
that open a database at the same time take turns.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite

from adder.base.errors import StoreError

_log = logging.getLogger(__name__)

_metadata = sql.MetaData()
RUNS = sql.Table(
    "run_records",
    _metadata,
    sql.Column("id", sql.String(32), primary_key=True),
    sql.Column("owner", sql.String(200), nullable=False, server_default=""),
    sql.Column("person", sql.String(100), nullable=False, server_default=""),
    sql.Column("status", sql.String(12), nullable=False, server_default="paused"),
    sql.Column("updated", sql.Double, nullable=False, index=True, server_default="0"),
    sql.Column("bytes", sql.BigInteger, nullable=False, server_default="0"),
    sql.Column("described", sql.Text, nullable=False, server_default=""),
)
VISITS = sql.Table(
    "run_visits",
    _metadata,
    sql.Column("run_id", sql.String(32), primary_key=True),
    sql.Column("person", sql.String(100), primary_key=True),
    sql.Column("wish", sql.String(12), nullable=False, server_default=""),
    sql.Column("updated", sql.Double, nullable=False, server_default="0"),
)
ROOMS = sql.Table(
    "rooms",
    _metadata,
    sql.Column("code", sql.String(6), primary_key=True),
    sql.Column("opened", sql.Double, nullable=False, server_default="0"),
    sql.Column("last", sql.Integer, nullable=False, server_default="0"),
)
ROOM_EVENTS = sql.Table(
    "room_events",
    _metadata,
    sql.Column("room", sql.String(6), primary_key=True),
    sql.Column("number", sql.Integer, primary_key=True, autoincrement=False),
    sql.Column("at", sql.Double, nullable=False, server_default="0"),
    sql.Column("told", sql.Text, nullable=False, server_default=""),
)
_VERSIONS = sql.Table(
    "schema_versions",
    _metadata,
    sql.Column("name", sql.String(32), primary_key=True),
    sql.Column("version", sql.Integer, nullable=False),
)
_OURS = _VERSIONS.c.name == RUNS.name
_TABLE_OF_VERSION_0_1 = "runs"  # It had a column for each figure.


def upgrade(connection: sql.Connection) -> None:
    """Give a database, new or of an earlier adder, the present shape, within the connection's transaction.

    Raises:
        StoreError: A newer adder has changed the database.
    """
    connection.execute(sql.schema.CreateTable(_VERSIONS, if_not_exists=True))
    connection.execute(insert(connection, _VERSIONS).values(name=RUNS.name, version=0).on_conflict_do_nothing())
    connection.execute(sql.update(_VERSIONS).where(_OURS).values(version=_VERSIONS.c.version))  # Others wait here.
    version = connection.execute(sql.select(_VERSIONS.c.version).where(_OURS)).scalar_one()
    if version > len(_STEPS):
        raise StoreError(
            "the database of runs has version {version}, and this adder knows {known}; a newer adder can read it",
            version=version,
            known=len(_STEPS),
        )
    for table in (RUNS, VISITS, ROOMS, ROOM_EVENTS):
        connection.execute(sql.schema.CreateTable(table, if_not_exists=True))
        there = {column["name"] for column in sql.inspect(connection).get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                described = sql.schema.CreateColumn(column).compile(dialect=connection.dialect)
                connection.execute(sql.text(f"ALTER TABLE {table.name} ADD COLUMN {described}"))
    for index in RUNS.indexes:
        connection.execute(sql.schema.CreateIndex(index, if_not_exists=True))
    for step in _STEPS[version:]:
        step(connection)
    connection.execute(sql.update(_VERSIONS).where(_OURS).values(version=len(_STEPS)))


def insert(connection: sql.Connection, table: sql.Table) -> Any:
    """An insertion that can say what happens if the row is there already."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def _take_over_former_table(connection: sql.Connection) -> None:
    """Move the runs of version 0.1.0; those that cannot be understood stay where they are."""
    if not sql.inspect(connection).has_table(_TABLE_OF_VERSION_0_1):
        return
    former = sql.Table(_TABLE_OF_VERSION_0_1, sql.MetaData(), autoload_with=connection)
    left = 0
    for row in connection.execute(sql.select(former)).mappings().all():
        try:
            values = _from_former(dict(row))
        except (LookupError, TypeError, ValueError) as error:
            _log.warning("the record of a former run cannot be understood: %s", error)
            left += 1
            continue
        connection.execute(insert(connection, RUNS).values(values).on_conflict_do_nothing())
    if not left:
        former.drop(connection)


def _from_former(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of version 0.1.0 as a row of today; it may lack what is not needed."""
    interval = [row.get("exact_match_low"), row.get("exact_match_high")]
    experiment = json.loads(row["experiment"])
    split = "held_out" if experiment["task"].get("held_out") else "fresh"
    described = {
        "experiment": experiment,
        "message": json.loads(row.get("message", '""')),
        "report": json.loads(row.get("report", "null")),
        "examples": json.loads(row.get("examples", "[]")),
        "created": row.get("created", row["updated"]),
        **{name: row.get(name, 0) for name in ("epochs", "samples", "seconds")},
        "exact_match": row.get("exact_match"),
        "exact_match_interval": None if None in interval else interval,
        "split": row.get("split", split),
    }
    columns = {name: row[name] for name in ("id", "status", "updated")}
    kept = {"owner": row.get("owner", ""), "bytes": row.get("bytes", 0)}
    return {**columns, **kept, "described": json.dumps(described)}


_STEPS: tuple[Callable[[sql.Connection], None], ...] = (_take_over_former_table,)
