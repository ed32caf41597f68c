"""Is what was typed a whole statement?"""

from __future__ import annotations

import re

_PIECES = re.compile(
    r"""
      '(?:[^']|'')*'            # text
    | "(?:[^"]|"")*"            # a quoted name
    | \$(\w*)\$.*?\$\1\$        # dollar-quoted text
    | --[^\n]*                  # a comment to the end of the line
    | /\*.*?\*/                 # a comment
    """,
    re.VERBOSE | re.DOTALL,
)
_OPEN = re.compile(r"""['"]|/\*|\$\w*\$""")


def is_complete(text: str) -> bool:
    """Whether Enter should run the text: a dot command, nothing at all, or SQL that ends in a semicolon of its own."""
    stripped = text.strip()
    if not stripped or stripped.startswith("."):
        return True
    bare = _PIECES.sub(lambda piece: " " if piece[0].startswith(("--", "/*")) else "x", stripped)
    return bare.rstrip().endswith(";") and not _OPEN.search(bare)
