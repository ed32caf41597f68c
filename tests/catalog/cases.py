"""Cases of catalogs in text files: what is said, the files that differ from the small catalog here, what must come out.

# why the case stands here
=== sources/crm.yaml
…                          a file instead of the small catalog's; an empty one takes the file away
=== expected
sources/crm.yaml:3:7: …    the messages as they are printed, without the folder
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SMALL = {
    "catalog.yaml": "name: small\n",
    "entities/customer.yaml": """\
entity: customer
grain: merged
key: customer_id
fields:
  customer_id: varchar
  email: varchar
  birth_date: date
  balance: decimal(18,2)
  country: varchar
""",
    "entities/orders.yaml": """\
entity: orders
key: order_id
fields: {order_id: bigint, customer_id: varchar, amount: "decimal(12,2)", ordered_at: timestamp, paid: boolean}
""",
    "sources/crm.yaml": """\
source: crm
kind: sqlite
connection: {path: crm.sqlite}
provides:
  customer:
    from: accounts
    key: account_no
    fields: {email: lower(email_addr)}
""",
    "standards/country.yaml": "standard: country\ncodes: {Germany: DE}\n",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One case file."""

    path: Path
    about: str
    files: dict[str, str]
    expected: str

    def write(self, folder: Path) -> Path:
        """Write the catalog of the case into a folder."""
        for name, text in {**SMALL, **self.files}.items():
            if text:
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        return folder

    def bless(self, printed: str) -> None:
        """Write what was printed into the case file."""
        files = "".join(f"=== {name}\n{text}" for name, text in self.files.items())
        self.path.write_text(f"{self.about}{files}=== expected\n{printed}", encoding="utf-8")


def read_case(path: Path) -> Case:
    """Read a case file."""
    about, *sections = ("\n" + path.read_text(encoding="utf-8")).split("\n=== ")
    parts = dict(section.split("\n", 1) if "\n" in section else (section, "") for section in sections)
    expected = parts.pop("expected", "").rstrip("\n") + "\n"
    files = {name: text + "\n" if text and not text.endswith("\n") else text for name, text in parts.items()}
    return Case(path, about.removeprefix("\n") + "\n", files, expected)
