"""What a source makes of look-ups in itself and of joins: whether it may be told of one, and its words for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.query.saying import NO_FACTS
from cdi_federate.query.shapes import ALIAS
from cdi_federate.query.spell import at_source
from cdi_federate.stages.clauses import Known, Never, columns, conjunction
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.stages.joins import Equal, Joined, LookUp, Partners, Side
from cdi_federate.stages.plan import Branch
from cdi_federate.stages.relations import RemoteTable
from cdi_federate.tree import Tree


def meets(left: ColumnFacts, right: ColumnFacts, dialect: str) -> bool:
    """Return whether a source finds cells of two columns equal where they are equal here."""
    return dialect_named(dialect).alike(left, right)


def are_equal(left: ColumnFacts, right: ColumnFacts, dialect: str) -> bool:
    """Return whether a source can find out which cells of two columns are equal just as they are here."""
    return dialect_named(dialect).equal(left, right) is not None


def is_one_moment(branch: Branch) -> bool:
    """Return whether the fragments of a branch's source see one state of it."""
    return dialect_named(branch.dialect).one_snapshot


def looked_up(joined: Joined, dialect: str) -> Tree:
    """Return the condition `column IN (SELECT …)`, one for each branch of the giver."""
    column = tree.column(joined.column)
    return tree.any_of(*(tree.is_in_query(column.copy(), _rows(look, dialect)) for look in joined.lookups))


def conditions(
    branch: Branch, read: tuple[ColumnFacts, ...], dialect: str, grouped: Collection[str] = ()
) -> tuple[list[Tree], Tree | None]:
    """Return what a branch is told (its clauses and look-ups), and the look at its table for the columns read.

    `grouped` are the columns, in lower case, by which its rows are grouped.
    """
    if branch.together is not None:
        tables = [each for side in branch.together.tables for each in (side, *seen_by(side.branch))]
        looks = [_look(side, dialect) for side in tables]
        held = [each for each in looks if each is not None]
        joined = walked(branch, dialect, grouped)
        of_one = len(branch.together.sides) == 1
        where = [
            _asked(partners, at, dialect) if of_one else _partnered(partners, at, dialect)
            for at, partners in enumerate(branch.together.partners, 1)
            if partners is not joined
        ]
        return where, exp.Paren(this=tree.all_of(*held)) if len(held) > 1 else next(iter(held), None)
    where = _told(branch, dialect, walked(branch, dialect, grouped))
    where += [looked_up(joined, dialect) for joined in branch.joined]
    facts = branch.facts or NO_FACTS
    compared = (name for push in (*branch.own, *branch.pushed) if push.raw is not None for name in columns(push.raw))
    met = (equal.left.name for partners in branch.partners for _, each in partners.sides for equal in each)
    looked = dict.fromkeys((*read, *(facts.columns[name.lower()] for name in (*compared, *met))))
    looks = [dialect_named(dialect).unchanged(relation_of(branch), tuple(looked))]
    looks += [_look(side, dialect) for side in seen_by(branch)]
    held = [each for each in looks if each is not None]
    return where, exp.Paren(this=tree.all_of(*held)) if len(held) > 1 else next(iter(held), None)


def seen_by(branch: Branch) -> Iterator[Side]:
    """Yield the tables in which a branch's source looks for partners of its rows, and for partners of theirs."""
    for partners in branch.partners:
        for side, _ in partners.sides:
            yield side
            yield from seen_by(side.branch)


def _told(branch: Branch, dialect: str, joined: Partners | None = None) -> list[Tree]:
    """Return what is told of the rows of a table: its clauses, and which partners they have beside those `joined`."""
    told = [push.raw for push in (*branch.own, *branch.pushed) if push.raw is not None]
    facts = branch.facts or NO_FACTS
    where = [at_source(conjunction(*told), facts, dialect)] if told else []
    for at, partners in enumerate(branch.partners, 1):
        if partners is joined:
            continue
        other = None if partners.otherwise is None else at_source(partners.otherwise, facts, dialect)
        if not partners.sides:
            where.append(other or at_source(Never(), facts, dialect))
            continue
        has_one = _asked(partners, at, dialect)
        where.append(has_one if other is None else tree.any_of(other, has_one))
    return where


def relation_of(branch: Branch) -> RemoteTable:
    """Return the table of a branch whose source has a dialect."""
    relation = (branch.facts or NO_FACTS).relation or branch.relation
    assert isinstance(relation, RemoteTable), "a source with a dialect has remote tables"
    return relation


def called(branch: Branch) -> str:
    """Return the name by which a statement over a branch's table means that table."""
    relation = relation_of(branch)
    return ALIAS if relation.select else relation.name[-1]


def origin(branch: Branch, dialect: str, grouped: Collection[str] = ()) -> dict[str, Any]:
    """Return what a branch is read from: the parts of a SELECT that are its table, and joins with others."""
    joined = walked(branch, dialect, grouped)
    straight = [] if joined is None else [_one_of(*joined.sides[0], dialect)]
    if branch.together is None:
        return {"source": _table(relation_of(branch), dialect), "straight_joins": straight}
    together = branch.together
    first, *others = (_side(side, f"t{at}", dialect) for at, side in enumerate(together.sides, 1))
    joins = [(other, _equals(equal, dialect)) for other, equal in zip(others, together.equal[1:], strict=True)]
    lacked = [
        (_side(side, _alias(at, number), dialect), _equals(equal, dialect))
        for at, partners in enumerate(together.partners, 1)
        for number, (side, equal) in enumerate(partners.sides, 1)
        if partners.anti
    ]
    return {"source": first, "joins": joins, "left_joins": lacked, "straight_joins": straight}


def walked(branch: Branch, dialect: str, grouped: Collection[str] = ()) -> Partners | None:
    """Return the partners that are joined row by row, of which there is one at most, instead of looked for.

    MariaDB asks a condition of every row before it sorts them (66 ms for the first 10 of 100,000 rows), and makes the
    join after that (22 ms); to group 60,000 rows by another column it takes 53 ms with the join, 75 with the condition.
    By the column itself it groups along an index, which the join would keep it from. Of several tables that are joined
    it may well begin with the partners.
    """
    first = branch.limit is not None and bool(branch.order) and not branch.order[0].indexed
    if dialect_named(dialect).joins_looks or not (first or branch.summed is not None):
        return None
    partners = branch.partners
    if branch.together is not None:
        partners = branch.together.partners if len(branch.together.sides) == 1 and branch.summed is not None else ()
    able = (each for each in partners if each.otherwise is None and not each.anti and _is_one(each))
    return next((each for each in able if each.sides[0][1][0].left.name.lower() not in grouped), None)


def _is_one(partners: Partners) -> bool:
    """Whether a row has one partner at most: the source enforces that the column by which it is found is unique."""
    if len(partners.sides) != 1 or len(partners.sides[0][1]) != 1:
        return False
    side, (equal,) = partners.sides[0]
    raw = {raw.lower() for raw, name in side.names if name == equal.right.name}
    unique = side.branch.facts.unique if side.branch.facts is not None else ()
    return any({name.lower() for name in names} == raw for names in unique)


def _one_of(side: Side, equal: tuple[Equal, ...], dialect: str) -> tuple[Tree, Tree]:
    """Return a table of which a row finds its one partner, and by what: a column with a name that no other has.

    That the column by which it is found is not NULL need not be said, and MariaDB would go through an index for it.
    """
    ((raw, _),), (met,) = side.names, equal
    said = [isinstance(push.raw, Known) and push.raw.column.lower() == raw.lower() for push in side.branch.pushed]
    left = tuple(push for push, is_said in zip(side.branch.pushed, said, strict=True) if not is_said)
    plain = Side(replace(side.branch, pushed=left), ((raw, _MET),))
    return _side(plain, _alias(1, 1), dialect), _equals((replace(met, right=replace(met.right, name=_MET)),), dialect)


_MET = "cdi_met"


def _alias(at: int, number: int) -> str:
    return f"p{at}_{number}"


def _table(relation: RemoteTable, dialect: str) -> Tree:
    if relation.select:
        return tree.subquery(tree.parse(relation.select, dialect)[0], ALIAS)
    return tree.table(*relation.name)


def _side(side: Side, alias: str, dialect: str) -> Tree:
    """Return a table of a join: those of its rows that are wanted, its columns as they are called in the join."""
    columns = [tree.aliased(tree.column(raw), name) for raw, name in side.names]
    told = _told(side.branch, dialect)
    query = tree.select(columns, _table(relation_of(side.branch), dialect), where=tree.all_of(*told) if told else None)
    return tree.subquery(query, alias)


def _equals(equal: tuple[Equal, ...], dialect: str) -> Tree:
    made = [dialect_named(dialect).equal(each.left, each.right) for each in equal]
    return tree.all_of(*(each for each in made if each is not None))


def _asked(partners: Partners, at: int, dialect: str) -> Tree:
    """Return the condition that a row of one table has a partner, or none: a condition and no join.

    MariaDB would begin with the other table, and go through this one by an index.
    """
    has_one = _partnered(partners, at, dialect)
    if partners.anti or dialect_named(dialect).joins_looks:
        return has_one
    return exp.Is(this=exp.Paren(this=has_one), expression=exp.Boolean(this=True))


def _partnered(partners: Partners, at: int, dialect: str) -> Tree:
    """Return the condition that a row of a join has a partner, or none.

    That it has none is said as LEFT JOIN … IS NULL: for NOT EXISTS MariaDB has first made a table of two million rows,
    which took 30 seconds instead of 3.
    """
    if partners.anti:
        return tree.all_of(*(tree.is_null(tree.column(equal[0].right.name)) for _, equal in partners.sides))
    one = tree.number(1)
    return tree.any_of(
        *(
            exp.Exists(this=tree.select([one], _side(side, _alias(at, number), dialect), where=_equals(equal, dialect)))
            for number, (side, equal) in enumerate(partners.sides, 1)
        )
    )


def _look(side: Side, dialect: str) -> Tree | None:
    """Return the look at a table of a join, for the columns of it that are read."""
    told = (push.raw for push in (*side.branch.own, *side.branch.pushed) if push.raw is not None)
    met = (equal.left.name for partners in side.branch.partners for _, each in partners.sides for equal in each)
    names = (*(raw for raw, _ in side.names), *(name for raw in told for name in columns(raw)), *met)
    facts = side.branch.facts or NO_FACTS
    read = tuple(dict.fromkeys(facts.columns[name.lower()] for name in names))
    return dialect_named(dialect).unchanged(relation_of(side.branch), read)


def _rows(look: LookUp, dialect: str) -> Tree:
    """Return the SELECT of the values looked up; it fails once the columns it reads are no longer what they were."""
    branch = look.branch
    facts = branch.facts or NO_FACTS
    told = [push.raw for push in (*branch.own, *branch.pushed) if push.raw is not None]
    names = (look.column, *(name for raw in told for name in columns(raw)), *(each.column for each in branch.joined))
    read = tuple(dict.fromkeys(facts.columns[name.lower()] for name in names))
    where, held = conditions(branch, read, dialect)
    where += [] if held is None else [held]
    predicate = tree.all_of(*where) if where else None
    return tree.select([tree.column(look.column)], _table(relation_of(branch), dialect), where=predicate)
