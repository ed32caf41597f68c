"""Edges → `placed`: the raw component and the group of each record of the scope, after the guards on groups.

    placed   id, component (NULL: no edge), grp (the least id of its group), rule and score (NULL: alone)

Nearly every component may stand as it is; only those that break a guard come out of the engine (`partition.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import pyarrow as pa

from cdi_federate.catalog.identity import PIN, Identity
from cdi_federate.execute.duck.workbench import Workbench
from cdi_federate.identity.components import Components
from cdi_federate.identity.pairs import MEMBERS
from cdi_federate.identity.partition import Link, Member, parted
from cdi_federate.identity.terms import Terms


class Groups:
    """Makes `placed`, and adds groups that are too large to the quarantine."""

    def __init__(self, bench: Workbench, identity: Identity, terms: Terms, alone: Sequence[Sequence[int]]) -> None:
        self._bench, self._identity, self._terms, self._alone = bench, identity, terms, alone
        self._marks = [term.column for _, term in terms.vetoes]

    def place(self) -> None:
        """Make `placed` of `scope`, `edges` and `decided`."""
        run = self._bench.run
        size = int(self._bench.value("SELECT count(*) FROM scope"))
        components = Components(size)
        components.join_all(self._bench.reader("SELECT l, r FROM edges"))
        roots = pa.table({"id": pa.array(range(size), pa.int32()), "root": components.roots()})
        self._bench.take("rooted", roots, "SELECT * FROM incoming", {})
        run(
            "CREATE TABLE linked AS SELECT s.*, root FROM scope AS s JOIN rooted USING (id) "
            "WHERE root IN (SELECT root FROM rooted GROUP BY root HAVING count(*) > 1)"
        )
        parts = self._parted()
        self._bench.take("apart", _table(parts), "SELECT * FROM incoming", {})
        run(
            "CREATE TABLE named AS SELECT id, hash(min(lone) OVER (PARTITION BY root)) AS component, "
            "coalesce(apart.grp, root) AS grp FROM linked LEFT JOIN apart USING (id)"
        )
        run(
            "CREATE TABLE kept AS SELECT l, r, rule, mask, score FROM edges LEFT JOIN apart AS a ON a.id = l "
            "LEFT JOIN apart AS b ON b.id = r WHERE a.grp IS NOT DISTINCT FROM b.grp"
        )
        run("""
            CREATE TABLE placed AS SELECT s.id, component, coalesce(grp, s.id) AS grp, rule, score
            FROM scope AS s LEFT JOIN named USING (id) LEFT JOIN (
              SELECT id, min(rule) AS rule, max_by(score, score - 2.0 * rule) AS score
              FROM (SELECT l AS id, rule, score FROM kept UNION ALL SELECT r, rule, score FROM kept) GROUP BY id
            ) USING (id)""")

    def _parted(self) -> dict[int, int]:
        """Return, for each record of a component that breaks a guard, the least id of its group."""
        self._bench.run(f"CREATE TABLE broken AS {self._broken()}")
        members, links, apart = self._members(), self._links(), self._apart()
        found: dict[int, int] = {}
        large: list[tuple[str, int, Iterable[int]]] = []
        for root, mine in members.items():
            done = parted(mine, links[root], apart[root], self._identity.max_cluster)
            for part in done.parts:
                least = min(part)
                found.update(dict.fromkeys(part, least))
            names = {member.id: member.name for member in mine}
            for rule, group in done.too_large:
                ordered = sorted(group, key=lambda each: names[each])
                large.append((self._terms.rules[rule].rule.id if rule >= 0 else PIN, len(group), ordered[:MEMBERS]))
        if large:
            rows = [(rule, count, each, nth) for nth, (rule, count, ids) in enumerate(large) for each in ids]
            kinds = {"rule": pa.string(), "n": pa.int64(), "id": pa.int32(), "nth": pa.int32()}
            columns = [pa.array([row[at] for row in rows], type_) for at, type_ in enumerate(kinds.values())]
            self._bench.take("large", pa.table(dict(zip(kinds, columns, strict=True))), "SELECT * FROM incoming", {})
            self._bench.run(
                "INSERT INTO quarantine "
                "SELECT rule, 'max_cluster', NULL, n, m, key, nth FROM large JOIN scope USING (id)"
            )
        return found

    def _broken(self) -> str:
        """Return the SELECT of the components that may not stand as they are."""
        tests = [f"count(*) > {self._identity.max_cluster}"]
        tests += [f"min({column}) <> max({column})" for column in self._marks]
        tests += [f"count(*) FILTER (m IN ({', '.join(map(str, group))})) > 1" for group in self._alone if group]
        return (
            f"SELECT root FROM linked GROUP BY root HAVING {' OR '.join(tests)} UNION SELECT a.root FROM decided "
            "JOIN rooted AS a ON a.id = l JOIN rooted AS b ON b.id = r WHERE kind = 'cannot' AND a.root = b.root"
        )

    def _members(self) -> dict[int, list[Member]]:
        columns = "".join(f", {column}" for column in self._marks)
        found: dict[int, list[Member]] = defaultdict(list)
        rows = self._bench.rows(f"SELECT root, id, m, key{columns} FROM linked SEMI JOIN broken USING (root)")
        for root, each, m, key, *marks in rows:
            places = frozenset(at for at, group in enumerate(self._alone) if m in group)
            found[root].append(Member(each, (m, key), tuple(marks), places))
        return found

    def _links(self) -> dict[int, list[Link]]:
        found: dict[int, list[Link]] = defaultdict(list)
        rows = self._bench.rows(
            "SELECT root, l, r, rule, bit_count(mask), score "
            "FROM edges JOIN rooted ON id = l SEMI JOIN broken USING (root)"
        )
        for root, *link in rows:
            found[root].append(Link(*link))
        return found

    def _apart(self) -> dict[int, list[tuple[int, int]]]:
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        rows = self._bench.rows("SELECT root, l, r FROM decided JOIN rooted ON id = l WHERE kind = 'cannot'")
        for root, left, right in rows:
            found[root].append((left, right))
        return found


def _table(parts: dict[int, int]) -> pa.Table:
    return pa.table({"id": pa.array(parts.keys(), pa.int32()), "grp": pa.array(parts.values(), pa.int32())})
