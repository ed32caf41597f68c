"""Every message of a mistaken statement, whole: `error_messages.test`, and the museum `bad_error_messages.test`.

A case is the SQL, a line `>>>` and the message as it is printed; `pytest --bless` writes the messages. In the museum
each case says what is missing; one that gets better moves out of it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cdi_federate.errors import CdiError, InvariantError
from tests.worlds import World

HERE = Path(__file__).parent
FILES = [HERE / "error_messages.test", HERE / "bad_error_messages.test"]


def cases(path: Path) -> list[tuple[str, str, str]]:
    """Return comment, SQL and message of each case."""
    found = []
    for block in path.read_text(encoding="utf-8").split("\n---\n")[1:]:
        head, mark, message = f"{block}\n".partition(">>>\n")
        assert mark, f"a case without >>>: {block}"
        lines = head.split("\n")
        about = "\n".join(line for line in lines if line.startswith("# "))
        sql = "\n".join(line for line in lines if line and not line.startswith("# "))
        found.append((about, sql, message.strip("\n")))
    return found


def printed(world: World, sql: str) -> str:
    """Return what a person sees."""
    try:
        world.federation.sql(sql).arrow()
    except InvariantError as error:
        raise AssertionError(f"a mistake of the user's is no bug of ours: {error}") from error
    except CdiError as error:
        return f"[{error.code}] {error}".replace(f"{world.folder}{os.sep}", "").rstrip()
    return "no error"


@pytest.mark.parametrize(
    ("path", "sql", "message"),
    [(path, sql, message) for path in FILES for _, sql, message in cases(path)],
    ids=lambda value: value.stem if isinstance(value, Path) else value[:60],
)
def test_message(path: Path, sql: str, message: str, worlds: dict[str, World], request: pytest.FixtureRequest) -> None:
    found = printed(worlds["shops"], sql)
    assert found != "no error"
    if not request.config.getoption("bless"):
        assert found == message


def test_every_piece_of_the_museum_says_what_is_missing() -> None:
    assert all(about for about, _, _ in cases(FILES[1]))


def test_bless(worlds: dict[str, World], request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("bless"):
        pytest.skip("only with --bless")
    for path in FILES:
        head = path.read_text(encoding="utf-8").split("\n---\n")[0]
        blocks = [
            "\n".join([*filter(None, [about]), sql, ">>>", printed(worlds["shops"], sql)])
            for about, sql, _ in cases(path)
        ]
        path.write_text("\n---\n".join([head, *blocks]) + "\n", encoding="utf-8")
