"""DuckDB text → a tree that says it again without change.

sqlglot translates as it reads: `date_trunc(s, d)` becomes a truncation to seconds whatever the column `s` holds, a unit
in a string becomes bare SQL, `->'a'` becomes `->'$.a'`, `percentile_cont` moves its arguments. For a statement that
stays in DuckDB's dialect none of that is wanted. So the words are marked before the tree is built: a call of a function
that is not in `KNOWN` is kept as a call by name with its arguments as they stand, and constants in places where sqlglot
would interpret them are kept as constants. What still changes is caught by the closed loop (`same.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType

from cdi_federate.query.functions import FUNCTIONS
from cdi_federate.tree import Tree, call, parse_tokens, rename, token, tokens

DIALECT = "duckdb, version=1.5.5"
"""With its version, since `~` matched the whole string before DuckDB 2.0 and a part of it afterwards."""

_KNOWN = """
    count sum min max avg coalesce nullif lower upper trim substring extract cast try_cast overlay unnest
    generate_series range row map columns grouping if any all exists first_value last_value nth_value lag lead
"""
KNOWN = frozenset(_KNOWN.split())
"""Functions that keep a class of their own, because their syntax is special or because rules look for them."""

# Marks of exchanged words. Control characters are refused in statements, so no word of the user's begins with one.
_CALL, _STRING, _NUMBER = "\x01", "\x02", "\x03"

_NAMES = frozenset(name.upper() for name in FUNCTIONS - KNOWN)
_NOT_CALLS = frozenset({TokenType.STRING, TokenType.MAP})
_ORDERED = {"percentile_cont": "quantile_cont", "percentile_disc": "quantile_disc"}
_UNIT_NAMES = """
    YEAR YEARS MONTH MONTHS DAY DAYS HOUR HOURS MINUTE MINUTES SECOND SECONDS MILLISECOND MILLISECONDS MICROSECOND
    MICROSECONDS WEEK WEEKS QUARTER QUARTERS DECADE DECADES CENTURY CENTURIES MILLENNIUM MILLENNIA
"""
_UNITS = frozenset(_UNIT_NAMES.split())
_TYPES = frozenset(Parser.TYPE_TOKENS)
_BEFORE_NUMBERS = frozenset({TokenType.L_PAREN, TokenType.COMMA, TokenType.L_BRACKET})
_ARROWS = frozenset({TokenType.ARROW, TokenType.DARROW})


def read(text: str, words: list[Token] | None = None) -> list[Tree]:
    """Return the statements of a DuckDB text, whose words may be known already; raises `Unreadable`."""
    trees = parse_tokens(list(_marked(words or tokens(text, DIALECT))), text, DIALECT)
    return [_unmarked(tree) for tree in trees if not isinstance(tree, exp.Semicolon)]


def _marked(words: list[Token]) -> Iterator[Token]:
    for index, word in enumerate(words):
        yield from _exchanged(words, index, word)


def _exchanged(words: list[Token], index: int, word: Token) -> Iterator[Token]:
    kind = word.token_type
    before = words[index - 1] if index else None
    after = words[index + 1] if index + 1 < len(words) else None
    if _is(after, TokenType.L_PAREN) and _is_call(before, word):
        yield token(TokenType.IDENTIFIER if kind == TokenType.IDENTIFIER else TokenType.VAR, _CALL + word.text, word)
    elif before is not None and before.token_type in _ARROWS and kind in (TokenType.STRING, TokenType.NUMBER):
        yield token(TokenType.VAR, (_STRING if kind == TokenType.STRING else _NUMBER) + word.text, word)
    elif _is(after, TokenType.FROM) and [w.text.upper() for w in words[max(0, index - 2) : index]] == ["EXTRACT", "("]:
        yield token(TokenType.VAR, _CALL + word.text, word)
    elif kind == TokenType.DOT and _is_fraction(before, word, after):
        pass
    elif (
        kind == TokenType.NUMBER
        and _is(before, TokenType.DOT)
        and index > 1
        and _is_fraction(words[index - 2], before, word)
    ):
        yield token(TokenType.VAR, f"{_NUMBER}.{word.text}", word)
    elif _is(before, TokenType.INTERVAL) and kind == TokenType.NUMBER:
        yield token(TokenType.VAR, _NUMBER + word.text, word)
    elif kind in _TYPES and _is(after, TokenType.STRING) and not _is_unit(words[index + 2 : index + 3]):
        # A typed constant is a cast of the whole text. sqlglot would take INTERVAL '14 months ago' apart, and would
        # cast to DATE last in DATE '2024-01-01'::TIMESTAMP.
        yield token(TokenType.VAR, "CAST", word)
        yield token(TokenType.L_PAREN, "(", word)
    elif before is not None and before.token_type in _TYPES and kind == TokenType.STRING and not _is_unit([after]):
        yield word
        yield token(TokenType.ALIAS, "AS", word)
        yield token(before.token_type, before.text, word)
        yield token(TokenType.R_PAREN, ")", word)
    else:
        yield word


def _is(word: Token | None, kind: TokenType) -> bool:
    return word is not None and word.token_type == kind


def _is_fraction(before: Token | None, dot: Token | None, number: Token | None) -> bool:
    """Whether the words are `.5`, a number of its own: its type is not that of `0.5`."""
    return (
        dot is not None
        and _is(number, TokenType.NUMBER)
        and number is not None
        and number.start == dot.end + 1
        and (before is None or before.end + 1 < dot.start or before.token_type in _BEFORE_NUMBERS)
    )


def _is_unit(words: Sequence[Token | None]) -> bool:
    return any(word and word.token_type != TokenType.STRING and word.text.upper() in _UNITS for word in words)


def _is_call(before: Token | None, word: Token) -> bool:
    if word.text.upper() not in _NAMES or word.token_type in _NOT_CALLS:
        return False
    # `* REPLACE (…)`, `* EXCLUDE (…) REPLACE (…)` and `count(*) FILTER (…)` are no calls.
    clause = word.token_type in (TokenType.REPLACE, TokenType.FILTER)
    return not (clause and before is not None and before.token_type in (TokenType.STAR, TokenType.R_PAREN))


# --- taking the marks off again --------------------------------------------------------------------------------------


def _unmarked(tree: Tree) -> Tree:
    for node in reversed(list(tree.walk())):
        restored = _restored(node)
        if restored is not node:
            node.replace(restored)
    return tree


def _restored(node: Tree) -> Tree:
    if isinstance(node, exp.Column) and node.name[:1] in (_STRING, _NUMBER):
        return exp.Literal(this=node.name[1:], is_string=node.name[0] == _STRING)
    if isinstance(node, exp.Identifier | exp.Var) and node.name[:1] == _CALL:
        return rename(node, node.name[1:])
    if isinstance(node, exp.Anonymous):
        return _call(node)
    if isinstance(node, exp.Lower | exp.Upper) and isinstance(node.this, exp.Cast):
        return call("lower" if isinstance(node, exp.Lower) else "upper", node.this)
    if isinstance(node, exp.Extract):
        return call("date_part", exp.Literal.string(node.name.lower()), node.expression)
    if isinstance(node, exp.WithinGroup) and isinstance(node.this, exp.Anonymous):
        # Written again, the order stands inside the brackets, where only the engine's own name is known.
        rename(node.this, _ORDERED.get(node.this.name.lower(), node.this.name))
    return node


def _call(node: exp.Anonymous) -> Tree:
    if isinstance(node.this, str) and node.this[:1] == _CALL:
        rename(node, node.this[1:])
    arguments = node.expressions
    last = arguments[-1] if arguments else None
    if isinstance(last, exp.IgnoreNulls | exp.RespectNulls):
        # f(x IGNORE NULLS): sqlglot wants it around the call.
        return type(last)(this=call(node.this, *arguments[:-1], last.this))
    distinct = last.this if isinstance(last, exp.Order) else last
    if isinstance(distinct, exp.Distinct) and len(distinct.expressions) > 1:
        # f(DISTINCT x, y ORDER BY z): only the first argument is written behind DISTINCT.
        first, *others = distinct.expressions
        *middle, end = others
        if isinstance(last, exp.Order):
            end = exp.Order(this=end, expressions=last.expressions)
        return call(node.this, exp.Distinct(expressions=[first]), *middle, end)
    return node
