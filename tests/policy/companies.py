"""Two companies alike in all that a role may see: customers merged over a database and Parquet, many rows of each.

What differs is drawn from a seed: hidden columns hold other values, hidden rows are others and more of them, and some
of their values make questions fail that no visible row makes fail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import duckdb

from cdi_federate.federation import Federation
from cdi_federate.identity import build
from tests.policy import office

ROLES = {
    "no_mail": "entities: {allow: ['*']}",
    "support_de": "entities: {allow: ['*']}, rows: {customer: \"country = 'DE'\"}",
    "no_mail_de": "entities: {allow: ['*']}, rows: {customer: \"lower(country) IN ('de', 'at')\"}",
}
"""Role → what it may see. Both `no_mail` and `no_mail_de` are denied what has the tag `pii.email`."""

_CALLERS = "no VARCHAR, mail VARCHAR, tel VARCHAR, land VARCHAR, name VARCHAR"
VISIBLE, CALLERS, ORDERS = 30, 20, 60
NAMES = ("Anna", "Bert", "Zoë", "Dan", "O'Neil")
TRAPS = ("x", "", "1e999", "99999999999999999999", "canary", "-", "0x1", "2024-13-01", "(", "é" * 40)
"""Telephones and notes of hidden rows: none is a number that fits."""


def _files(files: dict[str, str]) -> None:
    """Put the roles in, and the help desk's callers into a Parquet file."""
    known = files["policies/roles.yaml"]
    start = known.index("rules:\n")
    roles = "".join(f"  {name}: {{{said}}}\n" for name, said in ROLES.items() if name != "support_de")
    denied = "  - {to: [no_mail, no_mail_de], match: {tag: pii.email}, action: deny}\n"
    files["policies/roles.yaml"] = known[:start] + roles + "rules:\n" + denied + known[start + len("rules:\n") :]
    files["policies/users.yaml"] = files["policies/users.yaml"].replace("[steward,", "[steward, no_mail, no_mail_de,")
    desk = files["sources/desk.yaml"]
    first, rest = desk.split("  consent:\n")
    first = first.replace("kind: csv", "kind: parquet").replace("callers.csv", "callers.parquet")
    first = "\n".join(line for line in first.splitlines() if "options:" not in line) + "\n"
    files["sources/desk.yaml"] = first
    files["sources/letters.yaml"] = (
        "source: letters\nkind: csv\ndepartment: Support\nconnection: {path: .}\nprovides:\n  consent:\n" + rest
    )


def _mail(number: int) -> str:
    return f"p{number}@x.de"


def _rows(hidden: int, mails: Callable[[int], str], secret: str) -> Mapping[str, Any]:
    """Return the tables: visible rows are always the same but for e-mail and illness, hidden ones depend on a seed."""
    seen, other = Random(7), Random(hidden)
    accounts: list[tuple[Any, ...]] = []
    callers: list[tuple[Any, ...]] = []
    orders: list[tuple[Any, ...]] = []
    for number in range(VISIBLE):
        tel, born = str(seen.randrange(10**9)), f"{1950 + number}-0{seen.randint(1, 9)}-11"
        cents = seen.randrange(20_00, 120_00) if seen.random() < 0.8 else None
        mail = mails(number) if number % 7 else None
        accounts.append((number, seen.choice(NAMES), mail, tel, "D", born, cents, f"{secret}{number}"))
    for number in range(CALLERS):  # the first half are known to the CRM too
        mail = mails(number if number % 2 else 1000 + number)
        callers.append((f"c{number}", mail, str(seen.randrange(10**6)), "DE", seen.choice(NAMES)))
    for number in range(ORDERS):
        note = str(seen.randrange(100)) if seen.random() < 0.9 else None
        day = f"2024-{seen.randint(1, 12):02}-{seen.randint(1, 28):02}"
        orders.append((10 + 3 * number, seen.randrange(VISIBLE), seen.randrange(40_00, 90_00), day, note))
    if hidden:
        for number in range(VISIBLE, VISIBLE + other.randint(5, 60)):
            cents = other.choice([7_00, 8_00, 99_999_999_00, -1, None, 50_00])
            born = other.choice(["1970-07-03", "9999-12-31", None, "0001-01-01"])
            land, mail = other.choice("FU"), f"h{hidden}{number}@x.fr"
            accounts.append((number, other.choice(TRAPS), mail, other.choice(TRAPS), land, born, cents, "canary"))
        for number in range(other.randint(5, 40)):
            mail = f"h{hidden}{VISIBLE + number}@x.fr"  # some are the CRM's
            callers.append((f"h{number}", mail, other.choice(TRAPS), other.choice(["IT", "FR"]), other.choice(TRAPS)))
        for number in range(other.randint(10, 200)):
            account = other.choice([None, VISIBLE, VISIBLE + 1, 999])
            cents, day = other.choice([30_00, 10**12, 0]), other.choice(["2024-03-01", None, "9999-12-31"])
            orders.append((11 + 3 * number, account, cents, day, other.choice(TRAPS)))
        for table in (accounts, callers, orders):
            other.shuffle(table)
    consents = "mail,what,how,said,stamp,until\n" + "".join(
        f"{mails(number)},{seen.choice(['marketing', 'service'])},{seen.choice(['email', 'phone'])},"
        f"{seen.choice(['granted', 'withdrawn'])},2024-0{seen.randint(1, 9)}-01 10:00:00,\n"
        for number in range(0, VISIBLE, 2)
    )
    return {"accounts": accounts, "callers": callers, "orders": orders, "consents": consents}


def _other_mail(number: int) -> str:
    """Return another address of a person: of another length, in another order, some of them numbers."""
    return str(90_000 - number) if number % 3 == 0 else f"{'q' * (number % 11)}{97 - number}@canary{number}.example"


def pair(folder: Path, role: str) -> tuple[Path, Path]:
    """Write two companies that differ in nothing that a role may see, with the crosswalks of their customers."""
    rows = {
        "no_mail": (_rows(1, _mail, "a"), _rows(1, _other_mail, "canary ")),
        "support_de": (_rows(2, _mail, "a"), _rows(3, _mail, "canary ")),
        "no_mail_de": (_rows(4, _mail, "a"), _rows(5, _other_mail, "canary ")),
    }[role]
    return _written(folder / "one", rows[0]), _written(folder / "other", rows[1])


def _written(folder: Path, rows: Mapping[str, Any]) -> Path:
    folder.mkdir(parents=True)
    office.write(folder, _files, rows=rows)
    with duckdb.connect() as made:
        made.execute(f"CREATE TABLE t ({_CALLERS})")
        made.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", rows["callers"])
        made.execute(f"COPY t TO '{folder}/callers.parquet'")
    with office.opened(folder, "steward") as steward:
        build(steward, "customer")
    return folder


def opened(folders: tuple[Path, Path], role: str) -> tuple[Federation, Federation]:
    """Open both companies in a role."""
    one, other = (office.opened(folder, role) for folder in folders)
    return one, other
