"""When a consent counts: of each customer and channel the newest word, if its moment has come."""

from __future__ import annotations

from pathlib import Path

from tests.policy import office


def test_a_consent_whose_moment_has_not_come_is_not_given(tmp_path: Path) -> None:
    """Nor does it take back what was said before: a withdrawal, or another consent."""
    words = [
        ("anna@x.de", "granted", 2024), ("anna@x.de", "granted", 2999), ("bert@x.de", "withdrawn", 2024),
        ("bert@x.de", "granted", 2999), ("dan@x.us", "granted", 2999),
    ]  # fmt: skip
    said = "mail,what,how,said,stamp,until\n"
    said += "".join(f"{who},marketing,email,{word},{year}-01-01 10:00:00,\n" for who, word, year in words)
    with office.opened(office.write(tmp_path, rows={"consents": said}), "campaign", "marketing") as federation:
        assert federation.sql("SELECT full_name FROM customer ORDER BY 1").fetchall() == [("Anna",)]
