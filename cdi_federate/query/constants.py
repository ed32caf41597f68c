"""The constants in predicates: what has no column and gives the same value whenever it is asked.

The engine computes them, all of a query in one call, so `DATE '2024-01-01' + INTERVAL 1 MONTH` is just what it will be
in the residual.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.values import literal
from cdi_federate.stages.clauses import (
    Value,
)
from cdi_federate.stages.ports import Refusal
from cdi_federate.stages.proof import Proof, Reason, Strength
from cdi_federate.stages.types import TypeInfo
from cdi_federate.tree import Tree

Evaluate = Callable[[Sequence[str]], tuple[Value | Refusal | None, ...]]


_ENDS = (date.min, date.max, datetime.min, datetime.max, *(e.replace(tzinfo=UTC) for e in (datetime.min, datetime.max)))


_VOLATILE = frozenset({"random", "uuid", "gen_random_uuid", "uuidv4", "uuidv7", "setseed", "nextval", "currval"})


class Local(Exception):  # noqa: N818 - an answer, caught by `clause_of`
    """The conjunct has no clause; carries the proof that says why."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(detail)
        self.proof = Proof(Strength.LOCAL, reason, detail)


class Pending(Exception):  # noqa: N818 - caught by whoever asked
    """A constant that was not computed yet."""


@dataclass(slots=True)
class Constants:
    """The constants of some predicates, computed by the engine in one call."""

    evaluate: Evaluate
    parameters: Mapping[str, Any]
    known: dict[str, Value | Refusal | None] = field(default_factory=dict)
    wanted: dict[str, None] = field(default_factory=dict)

    def compute(self) -> None:
        """Have the engine compute what was asked for and is not known yet."""
        missing = [text for text in self.wanted if text not in self.known]
        if missing:
            self.known.update(zip(missing, self.evaluate(missing), strict=True))

    def value(self, node: Tree, kind: TypeInfo) -> Value | None:
        """Return the value of a constant that is compared with a field of a type."""
        plain = self._plain(node, kind)
        if plain is not None:
            return plain
        text = tree.text(tree.replaced(node, self._parameter))
        if kind.family != "text" and self.is_text(node):
            text = f"CAST({text} AS {kind.name})"
        self.wanted.setdefault(text)
        if text not in self.known:
            raise Pending
        value = self.known[text]
        if isinstance(value, Refusal):
            raise Local(Reason.UNSUPPORTED_FORM, "a constant that the engine computes row by row")
        if isinstance(value, date) and value in _ENDS and str(value)[:10] not in text:
            raise Local(Reason.LOSSY_CAST, "an infinite date, or one at the end of Python's calendar")
        return value

    def _plain(self, node: Tree, kind: TypeInfo) -> Value | None:
        """Take the commonest literals without asking."""
        if isinstance(node, exp.Literal):
            if node.is_string:
                return node.name if kind.family == "text" else None
            if kind.is_number and node.name.isdigit() and len(node.name) < 19:
                return int(node.name)
        if isinstance(node, exp.Placeholder):
            value = self.parameters.get(node.name)
            if isinstance(value, str) and kind.family == "text":
                return value
        return None

    def is_text(self, node: Tree) -> bool:
        """Return whether a constant is a text whose type the engine takes from what it is compared with."""
        if isinstance(node, exp.Literal):
            return bool(node.is_string)
        return isinstance(node, exp.Placeholder) and isinstance(self.parameters.get(node.name), str)

    def _parameter(self, node: Tree) -> Tree | None:
        if not isinstance(node, exp.Placeholder):
            return None
        if node.name not in self.parameters:
            raise Local(Reason.UNSUPPORTED_FORM, f"parameter ${node.name} has no value yet")
        value = self.parameters[node.name]
        if value is not None and not isinstance(value, bool | int | float | Decimal | str | bytes | date | datetime):
            raise Local(Reason.UNSUPPORTED_FORM, f"parameter ${node.name}")
        return tree.parse_expression(literal(value))


def constant(node: Tree) -> Tree:
    """Let only constants through that give the same value whenever they are asked.

    A plan may run long after it was made. A query's now() is one value already (`query/bind.py`); that of a mapping is
    not, nor is what has now() inside, like `ago(…)`.
    """
    if node.find(exp.Column, exp.Query, exp.Star, exp.AggFunc, exp.Window, exp.Lambda) is not None:
        raise Local(Reason.UNSUPPORTED_FORM, "a comparison of two expressions")
    for call in tree.walk(node, exp.Func):
        name = call.name if isinstance(call, exp.Anonymous) else call.sql_name()
        if name.lower() in _VOLATILE or isinstance(call, exp.Rand | exp.Uuid) or tree.asks_the_clock(call):
            raise Local(Reason.NOT_DETERMINISTIC, name.lower())
    return node
