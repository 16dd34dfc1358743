"""Runs people's statements on the lake as it is at that moment."""

import time
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.errors import QueryError
from pipelines.queries import query
from pipelines.views import refresh


class ResultSet(Struct, frozen=True, kw_only=True):
    """The answer to a statement.

    Attributes:
        columns: Names of the columns; none where the statement answers nothing.
        rows: The first rows, as many as asked for.
        complete: Whether these are all of them.
        seconds: How long it took, refreshing the views included.
    """

    columns: list[str]
    rows: list[tuple[Any, ...]]
    complete: bool
    seconds: float


class SqlSession:
    """A connection whose views are brought up to date before every statement.

    Args:
        connection: A connection of :func:`pipelines.views.connect`.
        catalog: The catalog that its views come from.
    """

    def __init__(self, connection: DuckDBPyConnection, catalog: SqlCatalog) -> None:
        self.connection = connection
        self.catalog = catalog

    def run(self, statement: str, max_rows: int | None = None) -> ResultSet:
        """Runs a statement; all its rows where no maximum is given.

        Raises:
            QueryError: DuckDB refused it; the message is DuckDB's.
        """
        started = time.perf_counter()
        try:
            columns, rows, complete = self._attempt(statement, max_rows)
        except duckdb.IOException:  # maybe a file was expired between our refresh and the read
            columns, rows, complete = self._attempt_again(statement, max_rows)
        return ResultSet(columns=columns, rows=rows, complete=complete, seconds=time.perf_counter() - started)

    def is_complete(self, text: str) -> bool:
        """Whether a text can be run as it stands."""
        try:
            return bool(self.connection.extract_statements(text))
        except duckdb.Error:
            return False

    def tables(self) -> ResultSet:
        """The tables of the lake."""
        return self.run(query("list_tables"))

    def describe(self, name: str) -> ResultSet:
        """The columns of a table with what they say.

        Raises:
            QueryError: There is no such table.
        """
        described = self.run(f"DESCRIBE {name}")
        docs = self._docs(name)
        rows = [(column, kind, docs.get(column, "")) for column, kind, *_ in described.rows]
        return ResultSet(
            columns=["column", "type", "says"], rows=rows, complete=True, seconds=described.seconds
        )

    def names(self) -> list[str]:
        """Names that a statement may hold: tables with their layer, and columns."""
        tables = [".".join(row[:2]) for row in self.tables().rows]
        columns = self.run(query("list_columns")).rows
        return tables + [name for (name,) in columns]

    def _attempt(self, statement: str, max_rows: int | None) -> tuple[list[str], list[tuple[Any, ...]], bool]:
        refresh(self.connection, self.catalog)
        try:
            answer = self.connection.execute(statement)
            columns = [column for column, *_ in answer.description or ()]
            if max_rows is None:
                return columns, answer.fetchall(), True
            rows = answer.fetchmany(max_rows + 1)
            self.connection.abort()
        except duckdb.IOException:
            raise
        except duckdb.Error as error:
            raise QueryError(str(error)) from error
        return columns, rows[:max_rows], len(rows) <= max_rows

    def _attempt_again(
        self, statement: str, max_rows: int | None
    ) -> tuple[list[str], list[tuple[Any, ...]], bool]:
        try:
            return self._attempt(statement, max_rows)
        except duckdb.IOException as error:
            raise QueryError(str(error)) from error

    def _docs(self, name: str) -> dict[str, str]:
        if name.count(".") != 1 or not self.catalog.table_exists(name):
            return {}
        return {field.name: field.doc or "" for field in self.catalog.load_table(name).schema().fields}
