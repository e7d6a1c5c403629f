"""Customers, keys, cards, rates, payments: from the user's CSV files to kept, accepted versions.

Belongs here: reading and checking reference data, its tables, the store of its versions, what differs between two.
Does not belong here: CDR files (formats/), money (dbt_project/), whether a waiting version changes rated calls.

Where to look: files.py what the user writes, tables.py what is kept, reading.py from one to the other, checks.py and
hints.py what may be wrong, versions.py the store, effects.py what a new version touches.
"""
