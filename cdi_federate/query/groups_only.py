"""For a role with `min_group`: a statement shows groups of enough people, and nothing else of them.

Every path from a table of people to the answer must pass one SELECT that groups that table itself, by count, sum or
avg; in it a HAVING drops each group in which there are fewer people of any of its tables. Above are groups.
Refused below: rows, least and greatest, lists, windows, LIMIT, samples, and aggregates over a condition, which would be
groups of their own: also where a join or a division chooses. A table of people is any that is not tagged `public`; its
people are told apart by the key of the merged entity that it carries, else by its records.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.catalog.model import Catalog, Entity
from cdi_federate.errors import RefusedError
from cdi_federate.query import verbatim
from cdi_federate.query.guards import carried
from cdi_federate.query.slots import is_aggregate
from cdi_federate.query.system import SYSTEM
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.query import BoundQuery
from cdi_federate.tree import Tree

PUBLIC = "public"
"""The tag of entities that tell of nobody."""

_HELP = "This role sees groups only: SELECT country, count(*) FROM customer GROUP BY country."


def in_groups(bound: BoundQuery, catalog: Catalog, seen: Catalog, least: int) -> str:
    """Return the statement with a HAVING for each SELECT that groups people; `seen` is the catalog of the role.

    Raises:
        RefusedError: it shows more than groups.
    """
    own = tree.edit(bound.parsed.tree)
    for node in tree.walk(own, exp.TableSample, exp.Pivot, exp.Columns, exp.With):
        if not isinstance(node, exp.With) or tree.arg(node, "recursive"):
            raise _refused("it samples, pivots, recurs or reads columns by a pattern", node)
    if _Reader(catalog, seen, least).shows_rows(own):
        raise _refused("it shows rows", own)
    tree.name_projections(own, [column.name for column in bound.columns])
    return tree.text(own, verbatim.DIALECT)


class _Reader:
    """Reads a statement from the inside out, and puts the conditions on groups into it."""

    def __init__(self, catalog: Catalog, seen: Catalog, least: int) -> None:
        self.catalog, self.seen, self.least = catalog, seen, least
        self._known: dict[int, bool] = {}

    def shows_rows(self, query: Tree) -> bool:
        """Return whether a query gives rows of people; each SELECT of it is changed once."""
        inner = query.unnest() if isinstance(query, exp.Subquery) else query
        if id(inner) not in self._known:
            self._known[id(inner)] = self._shows(inner)
        return self._known[id(inner)]

    def _shows(self, query: Tree) -> bool:
        if isinstance(query, exp.SetOperation):
            left, right = self.shows_rows(query.left), self.shows_rows(query.right)  # both are changed
            return left or right
        if not isinstance(query, exp.Select):
            return any(self.shows_rows(each) for each in _queries_in(query))
        people: list[tuple[str, Entity]] = []
        rows = mixed = False
        for node, is_hidden in _sources(query):
            entity = self._entity(node)
            if entity is not None:
                people.append((node.alias or node.name, entity))
                rows = True
                if is_hidden:
                    raise _refused("a semi or anti join asks for single people", node)
                if tree.has_column_aliases(node):
                    raise _refused("a table's columns are given other names", node)
            elif any(self.shows_rows(each) for each in self._queries(node)):
                raise _refused("it groups the rows of a subquery, not of a table", node)
            else:
                mixed = True
        where = tree.arg(query, "where")
        inside = {id(node) for node in where.walk()} if where is not None else set()
        for each in _queries_in(query):
            if self.shows_rows(each) and not (rows and self._is_of_ids(each, people)):
                raise _refused("a subquery shows rows", each)
            if rows and id(each) not in inside:
                raise _refused("a subquery stands beside the groups", each)
        if not rows:
            return False
        if tree.arg(query, "group") is None and not any(is_aggregate(node) for node in _own(query)):
            return True
        self._check(query, people if mixed else None)
        for alias, entity in people:
            for name in self._ids(entity, query):
                count = tree.aggregate("count", exp.Distinct(expressions=[tree.column(name, alias)]))
                query.having(tree.comparison(">=", count, tree.number(self.least)), copy=False)
        return False

    def _entity(self, node: Tree) -> Entity | None:
        """Return the entity of people that a table names; None for other tables, CTEs and subqueries."""
        if not isinstance(node, exp.Table) or tree.cte_of(node) is not None:
            return None
        if node.db and f"{node.db}.{node.name}".lower() in SYSTEM:
            return None
        entity = self.catalog.entity(node.name)
        return entity if entity is not None and PUBLIC not in entity.tags else None

    def _queries(self, node: Tree) -> Iterator[Tree]:
        if isinstance(node, exp.Table):
            cte = tree.cte_of(node)
            if cte is not None:
                yield cte.this
        elif isinstance(node, exp.Subquery):
            inner = node.unnest()
            if not isinstance(inner, exp.Query):
                raise _refused("tables are joined in parentheses", node)
            yield inner
        else:
            yield from _queries_in(node)

    def _is_of_ids(self, query: Tree, people: Sequence[tuple[str, Entity]]) -> bool:
        """Return whether a subquery is that of `id IN (SELECT id …)`: it chooses people by what is their own.

        Each id is of its own SELECT, and the inner one is of a single table: else one person chooses all.
        """
        holder, inner = query.parent, query.unnest() if isinstance(query, exp.Subquery) else query
        if not isinstance(holder, exp.In) or not isinstance(inner, exp.Select) or len(inner.expressions) != 1:
            return False
        own = [(node.alias or node.name, self._entity(node)) for node, _ in _sources(inner)]
        if len(own) != 1:
            return False
        ids = {entity.key[0].lower() for entity in self.catalog.entities.values() if entity.grain == "merged"}
        both = ((holder.this, people), (inner.expressions[0], own))
        return all(
            isinstance(each, exp.Column) and each.name.lower() in ids and self._is_of(each, tables)
            for each, tables in both
        )

    def _is_of(self, column: exp.Column, tables: Sequence[tuple[str, Entity | None]]) -> bool:
        """Return whether a column is one of these tables'."""
        if column.table:
            return column.table.lower() in {alias.lower() for alias, _ in tables}
        shown = (self.seen.entity(entity.name) for _, entity in tables if entity is not None)
        return any(column.name.lower() in schema_of(entity) for entity in shown if entity is not None)

    def _ids(self, entity: Entity, query: Tree) -> list[str]:
        """Return the columns by which the people of a table are told apart."""
        shown = self.seen.entity(entity.name)
        columns = schema_of(shown) if shown is not None else {}
        if entity.grain == "merged":
            names = [entity.key[0].lower()]
        else:
            merged = [fields for fields, owner in carried(entity, self.catalog) if owner.grain == "merged"]
            names = [name for fields in merged for name in fields]
            if not names and self._speaks_of_people(entity, ()):
                raise _refused(f"'{entity.name}' has no id of whom it tells", query)
            names = names or ["_record_key"]
        if any(name not in columns for name in names):
            raise _refused(f"the role may not read by what the people of '{entity.name}' are told apart", query)
        return [columns[name].name for name in names]

    def _speaks_of_people(self, entity: Entity, seen: tuple[str, ...]) -> bool:
        return any(
            owner.grain == "merged" or self._speaks_of_people(owner, (*seen, owner.name))
            for _, owner in carried(entity, self.catalog)
            if owner.name not in seen
        )

    def _check(self, query: exp.Select, only: Sequence[tuple[str, Entity]] | None) -> None:
        """Hold the aggregates of a SELECT over people against those that are allowed; they read `only` these tables."""
        if tree.arg(query, "qualify") is not None:
            raise _refused("QUALIFY looks at single rows", query)
        for node in _own(query):
            if isinstance(node, exp.Window | exp.Filter | exp.WithinGroup | exp.Lambda):
                raise _refused("windows, FILTER and lambdas look at single rows", node)
            if is_aggregate(node) and not _is_allowed(node):
                raise _refused("only count, sum and avg of plain columns make groups", node)
            if is_aggregate(node) and only is not None:
                other = [each for each in tree.walk(node, exp.Column) if not self._is_of(each, only)]
                if other:
                    raise _refused("what is of no table of people is joined to groups, not read in them", other[0])


def _is_allowed(node: Tree) -> bool:
    """Whether an aggregate counts, adds or averages what no condition chose."""
    plain = (
        exp.Star,
        exp.Column,
        exp.Identifier,
        exp.Literal,
        exp.Distinct,
        exp.Paren,
        exp.Add,
        exp.Sub,
        exp.Mul,
        exp.Div,
    )
    if not isinstance(node, exp.Count | exp.Sum | exp.Avg):
        return False
    if any(not isinstance(each.expression, exp.Literal) for each in tree.walk(node, exp.Div)):
        return False  # what is divided by nothing is chosen as by a condition
    return all(each is node or isinstance(each, plain) for each in node.walk())


def _sources(query: exp.Select) -> Iterator[tuple[Tree, bool]]:
    """Yield what stands in a FROM, and whether only its join's ON sees it."""
    first = tree.arg(query, "from")
    if first is not None:
        yield first.this, False
        yield from ((join.this, False) for join in tree.joins_of(first.this))
    for join in tree.joins_of(query):
        yield join.this, tree.join_kind(join) in ("SEMI", "ANTI")
        yield from ((inner.this, False) for inner in tree.joins_of(join.this))
    yield from ((each, False) for each in tree.arg(query, "laterals") or [])


def _own(query: Tree) -> Iterator[Tree]:
    """Yield the nodes of a SELECT's own list, GROUP BY, HAVING and ORDER BY, without those of queries in them."""
    parts = [*query.expressions, *(tree.arg(query, key) for key in ("group", "having", "order"))]
    for part in parts:
        if isinstance(part, exp.Expression):
            yield from part.walk(prune=lambda node: isinstance(node, exp.Query))


def _queries_in(query: Tree) -> list[Tree]:
    """Return the queries that stand in the expressions of a query, not in its FROM or WITH, and not in each other."""
    sources = _sources(query) if isinstance(query, exp.Select) else ()
    tables = {id(node) for source, _ in sources for node in source.walk()}

    def stop(node: Tree) -> bool:
        return node is not query and (isinstance(node, exp.Query | exp.With) or id(node) in tables)

    walked = query.walk(prune=stop)
    return [node for node in walked if node is not query and isinstance(node, exp.Query) and id(node) not in tables]


def _refused(why: str, node: Tree) -> RefusedError:
    return RefusedError(f"this is more than groups: {why}", place=tree.span(node), help=_HELP)
