"""What exists, when it is made and from what: Dagster definitions, the warehouse's build, publishing, the command line.

Belongs here: orchestration, the only readers of the environment and the clock, the only importers of dagster and dbt.
Does not belong here: data logic. How a row is read lives in pipelines/, what a row means in dbt_project/.
"""
