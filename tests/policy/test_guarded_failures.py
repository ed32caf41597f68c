"""A source that fails shows a role no more than it may see, whatever it asks to be left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdi_federate.errors import SourceError
from cdi_federate.identity import build
from tests.policy import office

LENIENT = {"on_failure": "partial", "allow_wrong": True}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Claire is of France, says the CRM, which is believed before the help desk, for which she is of Germany."""
    office.write(tmp_path, rows={"callers": f"{office.CALLERS}c3,canary@x.fr,999,DE,canary Claire\n"})
    with office.opened(tmp_path, "steward") as steward:
        build(steward, "customer")
    return tmp_path


@pytest.mark.parametrize("sql", ["SELECT full_name FROM customer", "TABLE customer_record", "TABLE orders"])
def test_no_row_is_seen_because_what_hides_it_is_missing(folder: Path, sql: str) -> None:
    (folder / "crm.sqlite").rename(folder / "elsewhere")
    with office.opened(folder, "support_de") as federation:
        with pytest.raises(SourceError, match="cannot be reached") as error:
            federation.sql(sql, **LENIENT).fetchall()
        assert "No partial answer is given: it would be guessed whose rows may be seen." in error.value.help
    with office.opened(folder, "no_desk") as federation, pytest.raises(SourceError):
        federation.sql(sql, **LENIENT).fetchall()  # it knows no other source


@pytest.mark.parametrize("sql", ["SELECT full_name FROM customer", "SELECT order_id FROM orders"])
def test_no_consent_is_given_because_its_withdrawal_is_missing(tmp_path: Path, sql: str) -> None:
    def change(files: dict[str, str]) -> None:
        consent = files["sources/desk.yaml"].partition("  consent:\n")[2].replace("consents.csv", "later.csv")
        head = "source: later\nkind: csv\nconnection: {path: .}\nprovides:\n  consent:\n"
        files["sources/later.yaml"] = f"{head}{consent}"

    office.write(tmp_path, change)
    later = tmp_path / "later.csv"
    later.write_text("mail,what,how,said,stamp,until\nanna@x.de,marketing,email,withdrawn,2025-01-01 10:00:00,\n")
    with office.opened(tmp_path, "campaign", "marketing") as federation:
        assert federation.sql(sql).fetchall() == []
        later.unlink()
        for given in ({"on_failure": "partial"}, LENIENT):
            with pytest.raises(SourceError):
                federation.sql(sql, **given).fetchall()


def test_what_an_answer_lacks_is_told_in_virtual_words(folder: Path) -> None:
    (folder / "callers.csv").unlink()
    with office.opened(folder, "analyst") as federation:
        result = federation.sql("SELECT country FROM customer_record", on_failure="partial", allow_wrong=True)
        assert len(result.fetchall()) == 4
        (omission,) = result.omissions
        assert (omission.source, omission.entities) == ("desk", ("customer_record",))
        assert "callers" not in str(omission) and str(folder) not in str(omission)
