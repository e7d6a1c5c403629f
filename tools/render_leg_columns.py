"""Render the lake's leg columns into the dbt project: run it after a change of pipelines/columns.py.

Belongs here: dbt_project/macros/leg_columns.sql and dbt_project/models/staging/stg_legs.yml, made from LEG_COLUMNS.
Does not belong here: any other model's documentation, which is written by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pipelines.columns import LEG_COLUMNS, SQL_TYPES, Column

DBT_PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
NOTICE = "Rendered from pipelines/columns.py by tools/render_leg_columns.py: do not edit."

_OWN_COLUMNS = (
    ("leg_key", "bigint", "Number of the row within this run, from file and line; never stored beyond it."),
    ("hour_start_at", "timestamp", "Hour of the leg's setup_at, UTC."),
)


def render_macro(columns: tuple[Column, ...]) -> str:
    """Return the macro leg_columns(): a list of [name, SQL type] in order."""
    rows = "\n".join(f"        ['{column.name}', '{SQL_TYPES[column.type]}']," for column in columns)
    return (
        f"{{# {NOTICE}\n   Name and type of every column of a part in lake/cdr, in order. #}}\n"
        f"{{% macro leg_columns() -%}}\n    {{{{ return([\n{rows}\n    ]) }}}}\n{{%- endmacro %}}\n"
    )


def render_properties(columns: tuple[Column, ...]) -> str:
    """Return the YAML that describes stg_legs."""
    lines = [
        f"# {NOTICE}",
        "version: 2",
        "",
        "models:",
        "  - name: stg_legs",
        "    description: >-",
        "      One row per row of the parts read in this chunk whose setup_at lies in an hour to read, as it stands in",
        "      the lake: duplicates and conflicts included.",
        "    config:",
        "      contract: {enforced: true}",
        "    columns:",
    ]
    for name, sql_type, description in _OWN_COLUMNS:
        lines += _column_lines(name, sql_type, description, nullable=False, is_key=name == "leg_key")
    for column in columns:
        unit = f" [{column.unit}]" if column.unit else ""
        lines += _column_lines(
            column.name, SQL_TYPES[column.type], column.description + unit, nullable=column.nullable, is_key=False
        )
    return "\n".join(lines) + "\n"


def _column_lines(name: str, sql_type: str, description: str, *, nullable: bool, is_key: bool) -> list[str]:
    quoted = description.replace('"', '\\"')
    lines = [f"      - name: {name}", f"        data_type: {sql_type}", f'        description: "{quoted}"']
    if not nullable:
        lines += ["        constraints: [{type: not_null}]"]
    if is_key:
        lines += ["        data_tests: [unique]"]
    return lines


def rendered() -> dict[Path, str]:
    """Return every file this script writes and its text."""
    return {
        DBT_PROJECT / "macros" / "leg_columns.sql": render_macro(LEG_COLUMNS),
        DBT_PROJECT / "models" / "staging" / "stg_legs.yml": render_properties(LEG_COLUMNS),
    }


def main() -> int:
    """Write the files."""
    for path, text in rendered().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
