"""Tollbook's part of Superset: configuration, roles, row-level security, assets and the command `tollbook-bi`.

Belongs here: what runs in Superset's own environment (.venv-bi).
Does not belong here: what figures mean (dbt_project/), dashboards as YAML (superset/assets/), anything of the pipeline.
"""
