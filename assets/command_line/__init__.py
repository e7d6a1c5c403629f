"""The tollbook command: arguments in, exit codes and plain text out.

Belongs here: parsing arguments, printing, exit codes (0 done, 1 needs attention, 2 wrong usage or configuration,
3 failed and not published).
Does not belong here: the work (run.py and what it calls).
"""
