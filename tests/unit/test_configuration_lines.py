"""On which line of tollbook.toml a key stands."""

from __future__ import annotations

import pytest

from assets.configuration_lines import KeyPath, key_lines, line_of

TEXT = '''# a comment = 1
data = "x" # k = 1
a.b = 1
"q.x"."y\\"z" = """multi
line = 3
"""""
[feeds.lon1] # [not.this]
files = 'a#b'
 list = [1,  # one
   "two, ]",
   {k = 1},
]
[[arr]]
n = 1
[[arr]]
n = 2
[arr.sub]
z = { from = ["a", "b"], at = 1979-05-27T07:32:00Z }
literal = \'\'\'it's
x = 1\'\'\'
[ feeds . "we ird" ]
last = -1.5e3'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("data",), 2),
        (("a", "b"), 3),
        (("q.x", 'y"z'), 4),
        (("feeds",), 7),
        (("feeds", "lon1"), 7),
        (("feeds", "lon1", "files"), 8),
        (("feeds", "lon1", "list", 1), 10),
        (("feeds", "lon1", "list", 2, "k"), 11),
        (("arr", 0, "n"), 14),
        (("arr", 1, "n"), 16),
        (("arr", 1, "sub", "z", "from", 1), 18),
        (("arr", 1, "sub", "z", "at"), 18),
        (("arr", 1, "sub", "literal"), 19),
        (("feeds", "we ird", "last"), 22),
    ],
)
def test_a_key_is_found_on_its_line_whatever_stands_around_it(path: KeyPath, line: int) -> None:
    assert key_lines(TEXT)[path] == line


@pytest.mark.parametrize(
    "text", ["", "# only a comment", "\n\n", "a = 1", "a = []\nb = {}", 'a = ""', "a = [[1],\n[2]]"]
)
def test_small_files_are_walked_to_their_end(text: str) -> None:
    assert set(key_lines(text)) >= {(name,) for name in "ab" if f"{name} =" in text}


def test_lines_are_the_same_with_the_line_ends_of_windows() -> None:
    assert key_lines(TEXT.replace("\n", "\r\n")) == key_lines(TEXT)


@pytest.mark.parametrize(
    ("path", "line"),
    [(("feeds", "lon1", "format"), 7), (("feeds", "lon9", "format"), 7), (("seller", "name"), None), ((), None)],
)
def test_an_absent_key_is_told_at_the_nearest_table_around_it(path: KeyPath, line: int | None) -> None:
    assert line_of(key_lines(TEXT), path) == line
