r"""Bytes that are no UTF-8, carried through text columns and shown as \xNN at the end.

Belongs here: the stand-ins for such bytes.
Does not belong here: files in another encoding altogether (streams.py).

Real switches write caller names in any encoding. Such a byte must not cost the row when nobody asks for its field, so
it travels as a private character: byte 0xNN as U+10FFNN. A file's own characters from U+10FF80 on, which no standard
assigns, count as bytes that cannot be read.
"""

from __future__ import annotations

import re

STAND_INS = "[\U0010ff80-\U0010ffff]"
"""Regular expression for one broken byte."""

_OFFSET = 0x10FF00
_OWN = re.compile(rb"\xf4\x8f[\xbe\xbf][\x80-\xbf]")
_STAND_IN = re.compile(STAND_INS)
_SHOWN = re.compile(f"{STAND_INS}|\0")
_TO_SHOW = {0: "\\x00", **{_OFFSET + byte: f"\\x{byte:02X}" for byte in range(0x80, 0x100)}}


def to_utf8(data: bytes) -> tuple[bytes, bool]:
    """Return *data* as valid UTF-8, and whether stand-ins had to be put in."""
    if data.isascii():
        return data, False
    try:
        data.decode()
    except UnicodeDecodeError:
        return _stand_in(data), True
    if _OWN.search(data):
        return _stand_in(data), True
    return data, False


def has_stand_in(text: str) -> bool:
    """Return whether *text* holds a byte that is no UTF-8."""
    return _STAND_IN.search(text) is not None


def shown(text: str) -> str:
    r"""Return *text* with broken bytes and NULs as \xNN."""
    return text.translate(_TO_SHOW) if _SHOWN.search(text) else text


def _stand_in(data: bytes) -> bytes:
    data = _OWN.sub(lambda found: "".join(chr(_OFFSET + byte) for byte in found[0]).encode(), data)
    # Python escapes a broken byte 0xNN to U+DCNN, whose bytes differ from those of U+10FFNN in their beginning alone.
    escaped = data.decode(errors="surrogateescape").encode(errors="surrogatepass")
    return escaped.replace(b"\xed\xb2", b"\xf4\x8f\xbe").replace(b"\xed\xb3", b"\xf4\x8f\xbf")
