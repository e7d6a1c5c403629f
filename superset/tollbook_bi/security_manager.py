"""What a customer may ask the server for, beyond roles and row-level rules: only what Tollbook's own charts ask.

Belongs here: checks on a request that Superset's permissions cannot express.
Does not belong here: the permissions (access.py), writing roles and rules (sync.py).

Row-level rules hide rows of a dataset; SQL that a browser sends along (an expression, a free filter) could read another
table, or be a Jinja template. Superset refuses sub-queries in it; customers send none at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flask import g
from superset.errors import ErrorLevel, SupersetError, SupersetErrorType
from superset.exceptions import SupersetSecurityException
from superset.security import SupersetSecurityManager

from tollbook_bi import access


class TollbookSecurityManager(SupersetSecurityManager):  # type: ignore[misc]
    """Superset's security manager, stricter for customers."""

    def is_customer(self) -> bool:
        """Say whether the user of this request is anybody but staff."""
        user = getattr(g, "user", None)
        return user is not None and access.is_customer(role.name for role in self.get_user_roles(user))

    def raise_for_access(self, *args: Any, **kwargs: Any) -> None:
        """Raise SupersetSecurityException where the user may not see what is asked for."""
        super().raise_for_access(*args, **kwargs)
        if not getattr(g, "user", None) or not self.is_customer():
            return
        for refused in ("query", "sql", "table", "viz"):
            if kwargs.get(refused):
                raise _refused("Only the charts of your dashboards can be asked for.")
        context = kwargs.get("query_context")
        datasource = context.datasource if context else kwargs.get("datasource")
        if datasource is not None:
            self._check_dataset(datasource)
        if context is not None:
            self._check_expressions(context)

    def _check_dataset(self, datasource: Any) -> None:
        """Refuse a dataset that is not for customers, or that has no rule which keeps rows from this one."""
        schema, name = getattr(datasource, "schema", None), getattr(datasource, "table_name", "")
        if not access.for_customers(schema):
            raise _refused("This dataset is not for customers.")
        if access.needs_rule(name, schema) and not self.get_rls_filters(datasource):
            raise _refused("This dataset has no rule yet that says which rows are yours.")

    def _check_expressions(self, context: Any) -> None:
        """Refuse SQL in a request that is no column and that no stored chart of the dataset has, letter by letter."""
        asked = {text for query in context.queries for text in _sql_of_query(query)}
        if asked and not asked <= self._stored_expressions(context.datasource):
            raise _refused("Expressions of your own cannot be asked for.")

    def _stored_expressions(self, datasource: Any) -> set[str]:
        from superset.models.slice import Slice

        charts = self.session.query(Slice).filter(
            Slice.datasource_id == datasource.id, Slice.datasource_type == "table"
        )
        # The axis of a graph is a column spelled as an expression.
        texts = {str(column.column_name) for column in datasource.columns}
        for chart in charts:
            for stored in (chart.params, chart.query_context):
                texts.update(_sql_in(json.loads(stored or "{}")))
        return texts


def _sql_of_query(query: Any) -> Iterator[str]:
    """Yield every piece of free SQL of a query object."""
    for value in (query.columns, query.metrics, query.orderby, query.series_columns, query.series_limit_metric):
        yield from _sql_in(value)
    for condition in query.filter:
        yield from _sql_in(condition)
    for key in ("where", "having"):
        text = (query.extras or {}).get(key)
        if text and text.strip():
            yield _plain(text)


def _sql_in(value: Any) -> Iterator[str]:
    """Yield the SQL expressions anywhere in *value*, as Superset nests them."""
    if isinstance(value, dict):
        if value.get("sqlExpression"):
            yield _plain(str(value["sqlExpression"]))
        for key in ("where", "having"):
            if isinstance(value.get(key), str) and value[key].strip():
                yield _plain(value[key])
        for part in value.values():
            yield from _sql_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _sql_in(part)


def _plain(text: str) -> str:
    """Return *text* without the blanks and brackets around it that Superset adds to a filter."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    return text


def _refused(message: str) -> SupersetSecurityException:
    return SupersetSecurityException(
        SupersetError(
            message=message, error_type=SupersetErrorType.DATASOURCE_SECURITY_ACCESS_ERROR, level=ErrorLevel.WARNING
        )
    )
