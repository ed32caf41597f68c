"""The trap world with `client` merged: survivorship of every rule, and a crosswalk that links records of all sources.

Which rule a field has turns with a number, so that all rules meet all types.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import yaml

from tests.differential import views
from tests.identity import crosswalks
from tests.identity.crosswalks import Linked

RULES: tuple[Any, ...] = (
    "most_recent", {"rule": "source_priority", "order": ["shop", "crm.accounts", "memo"]}, "most_frequent", "unanimous",
    {"follow": "email"}, "max", "min", "oldest", {"rule": "source_priority", "ignore_empty": False}, "longest",
    "shortest", {"rule": "most_recent", "tie": ["max", "shortest"]}, {"rule": "most_frequent", "tie": ["longest"]},
    {"rule": "most_recent", "ignore_empty": False}, {"rule": "unanimous", "ignore_empty": False},
)  # fmt: skip
UPDATED = {"crm": "seen", "billing": "seen", "shop": "seen", "memo": "born", "loyalty": "born"}
MOST = 5
"""Records of a customer at most."""


def catalog(original: Path, folder: Path, turn: int) -> Path:
    """Write the catalog with `client` merged; rules are turned on by a number."""
    made = folder / f"merged_{turn}"
    shutil.copytree(original, made)
    path = made / "entities" / "client.yaml"
    entity = views._read(path)
    fields = {name: dict(spec) for name, spec in entity["fields"].items()}
    names = [name for name in fields if name not in ("client_id", "email", "trap")]
    for at, name in enumerate(names):
        fields[name]["survivorship"] = RULES[(at + turn) % len(RULES)]
    fields["email"]["survivorship"] = [each for each in RULES if each != {"follow": "email"}][turn % (len(RULES) - 1)]
    fields["names"] = {"type": "varchar", "survivorship": {"rule": "collect", "ignore_empty": bool(turn % 2)}}
    order = ["desk", "billing", "loyalty"]
    entity |= {"grain": "merged", "fields": fields, "survivorship": {"rule": "source_priority", "order": order}}
    path.write_text(yaml.safe_dump(entity, sort_keys=False))
    for path in (made / "sources").glob("*.yaml"):
        source = views._read(path)
        mapping = source["provides"].get("client")
        if mapping:
            del mapping["fields"]["client_id"]
            mapping["fields"]["names"] = mapping["fields"]["name"]
            if source["source"] in UPDATED:
                mapping["updated"] = UPDATED[source["source"]]
            path.write_text(yaml.safe_dump(source, sort_keys=False))
    return made


def linked(db: duckdb.DuckDBPyConnection, catalog: Path) -> list[Linked]:
    """Draw which records are one customer, write the crosswalk, and return it; some records stay unknown to it."""
    random = Random(7)
    keys: list[tuple[str, str]] = []
    for path in sorted((catalog / "sources").glob("*.yaml")):
        source = views._read(path)
        mapping = source["provides"].get("client")
        if mapping:
            table = views._relation(source["kind"], mapping)
            rows = db.execute(f'SELECT CAST({mapping["key"]} AS VARCHAR) FROM "{source["source"]}__{table}"').fetchall()
            keys += [(f"{source['source']}.{views._named(source, mapping)}", key) for (key,) in rows if key is not None]
    random.shuffle(keys)
    known, links, number = keys[: len(keys) * 4 // 5], list[Linked](), 0
    while known:
        number += 1
        size = random.choice([1, 1, 2, 2, 3, 4, MOST])
        links += [(f"p{number}", *each) for each in known[:size]]
        del known[:size]
    recent = [each for each in links if random.random() < 0.1]
    stale = [("p0", mapping, key) for _, mapping, key in recent]  # what small builds have changed since
    large = [each for each in links if each not in recent]
    crosswalks.write(catalog, "client", "r1", [*large, *stale], recent)
    return links
