"""What the rules compare: fields and SQL over them, as keyed hashes of their values, which tell equal and nothing else.

A hash is SHA-256 over a secret key and the value, cut to a number of 64 bits: of these DuckDB reads and compares a
million nearly three times as fast as of short texts. Two of ten million values are taken for one with a probability of
3 in a million. Without the key nobody can try values out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cdi_federate.catalog.identity import Identity, MatchRule

HASH = "UBIGINT"
"""The type of a hash."""

PRINT = "md5 of key and values"
"""What a fingerprint is made of: another text where another fingerprint is made of the same record."""

_DIGITS = 16
"""Hexadecimal digits of a hash that are kept: 64 bits."""


@dataclass(frozen=True, slots=True)
class Term:
    """Values that are compared together, as SQL over the fields, without those that `block` matches.

    `column` holds the hash; NULL where one of the values is NULL, blank or blocked.
    """

    column: str
    texts: tuple[str, ...]
    block: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule over terms; `number` says how strong it is, 0 the strongest. A rule with a model has no terms."""

    number: int
    rule: MatchRule
    on: Term | None
    requires: Term | None

    @property
    def fields(self) -> tuple[str, ...]:
        """What agrees where the rule holds."""
        return (*self.rule.on, *self.rule.requires)


@dataclass(frozen=True, slots=True)
class Terms:
    """All that one entity's rules compare. `texts` are the expressions that are read of each record, each once.

    `vetoes` are the terms of which no two known values may meet, each with what it comes from: `conflict` or `unique`.
    """

    texts: tuple[str, ...]
    terms: tuple[Term, ...]
    rules: tuple[Rule, ...]
    vetoes: tuple[tuple[str, Term], ...]

    @classmethod
    def of(cls, identity: Identity, modelled: Iterable[str] = ()) -> Terms:
        """Return the terms of an identity block; `modelled` are the fields that its models read."""
        known: dict[tuple[tuple[str, ...], tuple[str, ...]], Term] = {}

        def term(texts: tuple[str, ...], block: tuple[str, ...] = ()) -> Term | None:
            wanted = (tuple(map(str.strip, texts)), block)
            return known.setdefault(wanted, Term(f"v{len(known)}", *wanted)) if texts else None

        rules = tuple(
            Rule(number, rule, term(rule.on, rule.block), term(rule.requires))
            for number, rule in enumerate(identity.rules)
        )
        vetoes = [
            (kind, made)
            for kind, texts in (("conflict", identity.conflict), ("unique", identity.unique))
            for text in texts
            if (made := term((text,)))
        ]
        texts = [text for each in known.values() for text in each.texts]
        return cls(tuple(dict.fromkeys([*texts, *modelled])), tuple(known.values()), rules, tuple(vetoes))

    @property
    def matched(self) -> tuple[Rule, ...]:
        """The rules that compare values."""
        return tuple(rule for rule in self.rules if rule.on)

    def columns(self, prefix: str = "") -> str:
        """Return the list of hash columns, each after a comma; empty where nothing is compared."""
        return "".join(f", {prefix}{term.column}" for term in self.terms)

    def read(self) -> str:
        """Return the select list that a record's values are read by: `e0`, `e1`, …, each after a comma."""
        return "".join(f", CAST(({text}) AS VARCHAR) AS e{at}" for at, text in enumerate(self.texts))

    def hashed(self) -> str:
        """Return the select list that makes hashes of `e0`, `e1`, …: a column a term, each after a comma.

        `$key` is the secret, `$block_<column>_<n>` are the patterns of a term.
        """
        at = {text: f"e{number}" for number, text in enumerate(self.texts)}
        found = []
        for term in self.terms:
            values = [at[text] for text in term.texts]
            tests = [f"{value} IS NULL OR trim({value}) = ''" for value in values]
            tests += [
                f"regexp_full_match({value}, $block_{term.column}_{number})"
                for number in range(len(term.block))
                for value in values
            ]
            found.append(f", CASE WHEN {' OR '.join(tests)} THEN NULL ELSE {_hash(values)} END AS {term.column}")
        return "".join(found)

    def print(self) -> str:
        """Return a hash of everything that is read of a record, in SQL over its key `k` and `e0`, `e1`, ….

        It tells only whether a mapping has the very record it had, of all its values at once: keyed MD5 does, at a half
        of the time. A hash of the lengths keeps two lists of values apart that read the same, and NULL from ''.
        """
        values = ["k", *(f"e{at}" for at in range(len(self.texts)))]
        lengths = ", ".join(f"strlen({value})" for value in values)
        return f"CAST(md5_number(concat($key, {', '.join(values)}, hash({lengths}))) >> 64 AS {HASH})"

    def parameters(self) -> dict[str, str]:
        """Return the patterns that `hashed` names."""
        return {
            f"block_{term.column}_{number}": pattern for term in self.terms for number, pattern in enumerate(term.block)
        }


def quoted(value: object) -> str:
    """Return a text as a literal of DuckDB's."""
    return "'" + str(value).replace("'", "''") + "'"


def _hash(values: list[str]) -> str:
    """Hash several values as one, with the lengths of all but the last behind them: no two lists read the same."""
    joined = " || ".join([*values, *(f"':' || length({value})" for value in values[:-1])])
    return _number(f"sha256($key || {joined})")


def _number(digits: str) -> str:
    return f"CAST('0x' || substr({digits}, 1, {_DIGITS}) AS {HASH})"
