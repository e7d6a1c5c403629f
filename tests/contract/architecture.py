"""What the house rules forbid in Python sources, as functions from source text to findings.

Belongs here: reading the syntax tree of one file and naming each place that breaks a rule.
Does not belong here: which files a rule holds for (test_architecture.py), style (ruff), import directions that
import-linter already checks.

A finding is ``line: what``. Names are followed through ``import x as y`` and ``from x import y as z``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

CLOCK_AND_ENVIRONMENT = frozenset(
    {
        "datetime.date.today",
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "os.environ",
        "os.environb",
        "os.getcwd",
        "os.getenv",
        "os.getlogin",
        "os.putenv",
        "os.uname",
        "os.urandom",
        "pathlib.Path.cwd",
        "pathlib.Path.home",
        "platform.node",
        "secrets",
        "socket",
        "time.gmtime",
        "time.localtime",
        "time.monotonic",
        "time.monotonic_ns",
        "time.perf_counter",
        "time.perf_counter_ns",
        "time.process_time",
        "time.sleep",
        "time.time",
        "time.time_ns",
        "uuid.uuid1",
        "uuid.uuid4",
    }
)
"""What answers differently on another day or machine."""

UNSEEDED_RANDOMNESS = frozenset(
    {
        "random.choice",
        "random.choices",
        "random.randint",
        "random.random",
        "random.sample",
        "random.seed",
        "random.shuffle",
    }
    | {"random.SystemRandom", "random.gauss", "random.randrange", "random.uniform", "random.expovariate"}
)

FILE_MODULES = frozenset({"boto3", "botocore", "fcntl", "fsspec", "glob", "io.open", "os", "shutil", "tempfile"})
FILE_CALLS = frozenset({"builtins.open", "gzip.open", "bz2.open", "lzma.open", "pathlib.Path", "pathlib.PosixPath"})
FILE_METHODS = frozenset(
    {"glob", "hardlink_to", "iterdir", "mkdir", "read_bytes", "read_text", "rename", "rglob", "rmdir", "symlink_to"}
    | {"touch", "unlink", "write_bytes", "write_text"}
)
READING_METHODS = frozenset({"iterdir", "read_bytes", "read_text"})
"""Fine on importlib.resources: what lies inside our package is code, not data."""

PATH_READERS = frozenset({"polars.scan_csv", "polars.scan_parquet", "polars.scan_ipc", "polars.scan_ndjson"})


def _imported_names(tree: ast.Module) -> dict[str, str]:
    names: dict[str, str] = {"open": "builtins.open"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def uses(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of every outside name that *source* uses, as the outside calls it."""
    tree = ast.parse(source)
    names = _imported_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            attributes: list[str] = []
            inner: ast.expr = node
            while isinstance(inner, ast.Attribute):
                attributes.append(inner.attr)
                inner = inner.value
            if isinstance(inner, ast.Name) and inner.id in names:
                yield node.lineno, ".".join([names[inner.id], *reversed(attributes)])


def _within(name: str, forbidden: frozenset[str]) -> bool:
    return any(name == entry or name.startswith(entry + ".") for entry in forbidden)


def clock_or_environment(source: str) -> list[str]:
    """Name every place of *source* that asks a clock, the environment or unseeded chance."""
    forbidden = CLOCK_AND_ENVIRONMENT | UNSEEDED_RANDOMNESS
    return sorted({f"{line}: {name}" for line, name in uses(source) if _within(name, forbidden)})


def file_access(source: str) -> list[str]:
    """Name every place of *source* that lists, opens, creates or removes files by itself.

    Reading from a stream that somebody else opened is fine, so methods called ``open`` or ``read`` are.
    """
    forbidden = FILE_MODULES | FILE_CALLS | PATH_READERS
    used = list(uses(source))
    found = {f"{line}: {name}" for line, name in used if _within(name, forbidden)}
    reads_own_package = any(_within(name, frozenset({"importlib.resources"})) for _, name in used)
    methods = FILE_METHODS - READING_METHODS if reads_own_package else FILE_METHODS
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods:
            found.add(f"{node.lineno}: .{node.func.attr}()")
    return sorted(found)


def imports(source: str) -> set[str]:
    """Return the top-level packages that *source* imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def charter_gaps(source: str) -> list[str]:
    """Name what the opening docstring of *source* lacks of a charter."""
    docstring = ast.get_docstring(ast.parse(source)) or ""
    return [f"1: no {words!r}" for words in ("Belongs here", "Does not belong here") if words not in docstring]


def swallowed_errors(source: str) -> list[str]:
    """Name every handler of *source* that catches everything and lets none of it through."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = ast.unparse(node.type) if node.type else "everything"
        reraises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
        if caught in {"everything", "Exception", "BaseException"} and not reraises:
            found.append(f"{node.lineno}: except {caught}")
    return found
