"""How a file becomes trusted rows: plain functions over paths, bytes and frames.

Belongs here: reading landing, formats, parsing, validation, reference data, the lake and its records.
Does not belong here: dagster, dbt, DuckDB, a clock, the environment. Callers pass what those would say.
"""
