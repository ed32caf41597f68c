"""What an OR over several tables has in it of each of them, and of pairs of them.

    (n1.name = 'FRANCE' AND n2.name = 'GERMANY') OR (n1.name = 'GERMANY' AND n2.name = 'FRANCE')
      of n1    n1.name = 'FRANCE' OR n1.name = 'GERMANY'
    (p.id = l.part AND p.brand = 'A' AND l.quantity < 10) OR (p.id = l.part AND p.brand = 'B')
      of both  p.id = l.part
      of p     p.brand = 'A' OR p.brand = 'B'
      of l     nothing: the second alternative has nothing of it

Where the OR is TRUE, one alternative is, and with it each of its conjuncts; so is what is made here. The OR stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.tree import Tree

MOST = 20
"""Alternatives that are looked at."""


def common(predicate: Tree) -> list[Tree]:
    """Return the conjuncts that each alternative of an OR has; none of what is no OR."""
    alternatives = _alternatives(predicate)
    if not alternatives:
        return []
    first, *others = alternatives
    said = [{tree.text(part) for part in other} for other in others]
    return [part for part in first if all(tree.text(part) in each for each in said)]


def of_each(predicate: Tree, owner: Callable[[Tree], str]) -> Iterator[Tree]:
    """Yield for each table the condition over it alone that an OR over several has in it.

    `owner` gives the alias of the one table that a conjunct speaks of; empty: of none or of several.
    """
    alternatives = [[(owner(part), part) for part in parts] for parts in _alternatives(predicate)]
    if not alternatives or owner(predicate):
        return
    for alias in dict.fromkeys(name for name, _ in alternatives[0] if name):
        own = [[part for name, part in parts if name == alias] for parts in alternatives]
        if all(own):
            yield tree.any_of(*(tree.all_of(*(part.copy() for part in parts)) for parts in own))


def _alternatives(predicate: Tree) -> list[list[Tree]]:
    inner = predicate.unnest()
    if not isinstance(inner, exp.Or):
        return []
    found = [tree.conjuncts(part.unnest()) for part in tree.chained(inner)]
    return found if len(found) <= MOST else []
