"""What is worth a second try within a run: what the machine may have refused for a moment.

Belongs here: telling such errors from defects and from what a person must change, and asking Dagster for another try.
Does not belong here: waiting for another writer (writer_lock.py), files that are still being written (reading.py).
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import duckdb

MAX_RETRIES = 3
FIRST_WAIT_SECONDS = 5.0
"""Before the second try; twice as long before each further one."""

_PASSING = frozenset(
    {errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ESTALE, errno.ETIMEDOUT}
    | {errno.ECONNABORTED, errno.ECONNREFUSED, errno.ECONNRESET, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH}
)


def may_pass(error: BaseException) -> bool:
    """Say whether *error* may be gone in a moment: a busy or unreachable disk, a database somebody looks into.

    No room, no right, no such file: a person must act, and three more tries only keep them waiting.
    """
    if isinstance(error, OSError):
        return isinstance(error, TimeoutError | ConnectionError) or error.errno in _PASSING
    return isinstance(error, duckdb.IOException) and "set lock" in str(error)


@contextmanager
def retried(context: dg.AssetExecutionContext) -> Iterator[None]:
    """Have Dagster try the step again where the block fails with what may pass; anything else fails it at once."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        if not may_pass(error):
            raise
        wait = FIRST_WAIT_SECONDS * 2**context.retry_number
        raise dg.RetryRequested(max_retries=MAX_RETRIES, seconds_to_wait=wait) from error
