"""Why two records are not one customer: of each rule, what it lacks or what forbids it. No value is looked at."""

from __future__ import annotations

from cdi_federate.errors import UsageError
from cdi_federate.identity import models, said
from cdi_federate.identity.look import _NEWER, Look
from cdi_federate.identity.scope import Scope
from cdi_federate.identity.store import Named, standing
from cdi_federate.identity.terms import Rule, Terms

Marks = dict[str, int | None]
"""The hashes of a record, by the column of the term."""


def why_not(look: Look, left: Named, right: Named) -> list[str]:
    """Return what keeps two records apart, a sentence each; raises `UsageError` where they are one customer.

    Judged is what the last build saw; also raises where the rules are others since then.
    """
    records = {name: look.record(name) for name in (left, right)}
    unknown = [name for name, record in records.items() if record is None]
    if unknown:
        return [f"the crosswalk does not know '{name}'. {_NEWER}" for name in unknown]
    masters = {record.master_id for record in records.values() if record is not None}
    if len(masters) == 1:
        raise UsageError(f"'{left}' and '{right}' are one customer", help="`cdi identity why` says why.")
    identity = look.entity.identity
    if identity is None:
        return [f"'{look.entity.name}' has no rules of identity"]
    terms, ordered = Terms.of(identity), sorted(look.mappings.values(), key=lambda mapping: mapping.qualified)
    ground = said.ground(look.entity, identity, ordered, look.store.key(look.catalog.identity_secret))
    ground += models.digest(models.load(look.catalog.base, identity))
    if look.crosswalk.state.get("ground") != ground:
        raise UsageError(
            "the rules are not those of the last build", help="`cdi identity build` links by the new ones."
        )
    scope = Scope(look.bench, look.entity.name, ordered, terms)
    scope.remember(look.crosswalk)
    marks = [_marks(look, scope, terms, name) for name in (left, right)]
    if any(each is None for each in marks):
        gone = [str(name) for name, each in zip((left, right), marks, strict=True) if each is None]
        return [f"'{name}' is gone from its source" for name in gone]
    mine, theirs = (each for each in marks if each is not None)
    splits = [
        f"{decision.who} split them on {decision.when[:10]}{f': {decision.reason}' if decision.reason else ''}"
        for decision in standing(look.store.decisions())
        if decision.kind == "cannot" and set(decision.pair) == {left, right}
    ]
    found = list(splits)
    each = [_lacking(look, rule, mine, theirs, (left, right)) for rule in terms.rules]
    found += [f"rule '{rule.rule.id}': {lack}" for rule, lack in zip(terms.rules, each, strict=True) if lack]
    held = [rule.rule.id for rule, lack in zip(terms.rules, each, strict=True) if not lack]
    if held and not splits:
        found += _forbidden(look, terms, mine, theirs, (left, right), held)
    return found


def _marks(look: Look, scope: Scope, terms: Terms, name: Named) -> Marks | None:
    at = scope.numbers[name.mapping]
    columns = [term.column for term in terms.terms]
    rows = look.bench.rows(
        f"SELECT {', '.join(columns) or '1'} FROM known WHERE m = {at} AND key = $named", {"named": name.key}
    )
    return dict(zip(columns, rows[0], strict=False)) if rows else None


def _lacking(look: Look, rule: Rule, mine: Marks, theirs: Marks, names: tuple[Named, Named]) -> str:
    """Return why a rule does not link two records; empty where it would."""
    if rule.on is None:
        return f"its model gave them less than {rule.rule.threshold:g}, or did not compare them"
    values = mine[rule.on.column], theirs[rule.on.column]
    what = ", ".join(rule.rule.on)
    none = [str(name) for name, value in zip(names, values, strict=True) if value is None]
    if none:
        blocked = ", or a blocked one" if rule.rule.block else ""
        return f"{' and '.join(none)} {'have' if len(none) > 1 else 'has'} no value of {what}{blocked}"
    if values[0] != values[1]:
        return f"{what} differ{'' if len(rule.rule.on) > 1 else 's'}"
    held = look.bench.value(f"SELECT count(*) FROM known WHERE {rule.on.column} = $value", {"value": values[0]})
    if held > rule.rule.max_records_per_value:
        most = rule.rule.max_records_per_value
        return f"{what} agree, but {held:,} records have the value, more than {most} (max_records_per_value)"
    if rule.requires is not None:
        asked = mine[rule.requires.column], theirs[rule.requires.column]
        if None in asked or asked[0] != asked[1]:
            state = "is not known of both" if None in asked else "differs"
            return f"{what} agree, but {', '.join(rule.rule.requires)} {state} (requires)"
    return ""


def _forbidden(
    look: Look, terms: Terms, mine: Marks, theirs: Marks, names: tuple[Named, Named], held: list[str]
) -> list[str]:
    """Return what forbids a link that rules would make: a guard on pairs, else one on groups."""
    rules = " and ".join(f"'{rule}'" for rule in held)
    by = f"{rules} would link them, but"
    found = [
        f"{by} {', '.join(term.texts)} {'differs' if len(term.texts) == 1 else 'differ'} ({kind})"
        for kind, term in terms.vetoes
        if None not in (mine[term.column], theirs[term.column]) and mine[term.column] != theirs[term.column]
    ]
    identity = look.entity.identity
    assert identity is not None, "who has no rules is not asked"
    found += [
        f"{by} both are records of '{entry}' (one_per_source)"
        for entry in identity.one_per_source
        if all(entry in (name.mapping, look.mappings[name.mapping].source) for name in names)
    ]
    if found:
        return found
    return [
        f"{by} the group that came of it broke a guard on groups, and this link was given up",
        *(
            f"a group of {kept.records:,} records with both of them is in quarantine ({kept.reason})"
            for kept in look.quarantine()
            if kept.reason == "max_cluster" and {str(name) for name in names} <= set(kept.members)
        ),
    ]
