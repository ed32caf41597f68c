"""The look before anything runs finds whatever a stage might do to a guard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from sqlglot import exp

from cdi_federate import tree
from cdi_federate.errors import InvariantError
from cdi_federate.execute.duck import seal
from cdi_federate.execute.duck.guarded import check_guards
from cdi_federate.execute.duck.seal import check_plan
from cdi_federate.stages.query import Guard
from cdi_federate.stages.relations import FileScan, KeptRows
from cdi_federate.stages.steps import FederatedPlan, Fetch, Keep, Residual
from tests.policy import office

SQL = "SELECT country, count(*) FROM customer GROUP BY country"


def with_tree(plan: FederatedPlan, change: Callable[[tree.Tree], object]) -> FederatedPlan:
    """Return the plan with another statement that is to run."""
    own = tree.edit(plan.residual.tree)
    change(own)
    return replace(plan, steps=(*plan.steps[:-1], replace(plan.residual, tree=own)))


def guard_of(root: tree.Tree) -> exp.Select:
    return next(cte.this for cte in tree.ctes(root) if cte.alias == "cdi_1")


def past(root: tree.Tree) -> None:
    """Read the scan where the guard should be read."""
    for table in root.find_all(exp.Table):
        if table.name == "cdi_1":
            tree.rename_table(table, "cdi_1_all", table.alias)


def beside(root: tree.Tree) -> None:
    """Read the scan in another definition of ours, too."""
    own = next(cte for cte in tree.ctes(root) if cte.alias == "cdi_1")
    other = own.copy()
    other.set("alias", exp.TableAlias(this=exp.to_identifier("cdi_9")))
    other.set("this", tree.select([exp.Star()], tree.table("cdi_1_all")))
    assert own.parent is not None
    own.parent.append("expressions", other)


CHANGES: dict[str, Callable[[tree.Tree], object]] = {
    "no row filter": lambda root: guard_of(root).set("where", None),
    "a wider row filter": lambda root: guard_of(root).args["where"].set("this", exp.true()),
    "another column": lambda root: guard_of(root).set("expressions", [exp.column("phone")]),
    "past the guard": past,
    "beside the guard": beside,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_guard_that_was_touched_is_not_run(asked_as, change: str) -> None:
    plan = asked_as("support_de").prepare(SQL).plan
    check_guards(plan)
    with pytest.raises(InvariantError):
        check_guards(with_tree(plan, CHANGES[change]))


def test_a_plan_that_was_found_sound_vouches_for_no_other(asked_as, monkeypatch: pytest.MonkeyPatch) -> None:
    """The very same plan is read once, whatever its parameters are; a changed one is read, each time."""
    plan = asked_as("support_de").prepare(SQL).plan
    whole, read = seal.check_plan, []
    monkeypatch.setattr(seal, "check_plan", lambda plan: (read.append(plan), whole(plan)))
    held = seal.Seal()
    for values in ({}, {"1": "x"}, {"1": "y"}):
        held.hold(plan.given(values))
    assert len(read) == 1
    for change in CHANGES.values():
        touched = with_tree(plan, change)
        for _ in range(2):
            with pytest.raises(InvariantError):
                held.hold(touched)
    assert len(read) == 1 + 2 * len(CHANGES)
    held.hold(replace(plan, steps=(*plan.steps[:-1], plan.steps[-1])))
    assert len(read) == 2 + 2 * len(CHANGES), "equal, and another"


FALLIBLE = "SELECT country, count(*) FROM customer WHERE phone::BIGINT > 5 GROUP BY country"


def with_kept(plan: FederatedPlan, change: Callable[[tree.Tree], object]) -> FederatedPlan:
    """Return the plan with another statement that puts down what the guard leaves."""
    (keep,) = [step for step in plan.steps if isinstance(step, Keep) and step.name == "cdi_1_kept"]
    own = tree.edit(keep.rows.tree)
    change(own)
    changed = replace(keep, rows=replace(keep.rows, tree=own))
    return replace(plan, steps=tuple(changed if step is keep else step for step in plan.steps))


@pytest.mark.parametrize("change", CHANGES)
def test_a_guard_that_was_touched_is_not_put_down(asked_as, change: str) -> None:
    plan = asked_as("support_de").prepare(FALLIBLE).plan
    check_guards(plan)
    with pytest.raises(InvariantError):
        check_guards(with_kept(plan, CHANGES[change]))


def test_what_can_fail_is_asked_of_rows_that_were_put_down(asked_as) -> None:
    """A statement that can fail, and reads through a guard as if it could not, is not run."""
    plan = asked_as("support_de").prepare(FALLIBLE).plan
    (keep,) = [step for step in plan.steps if isinstance(step, Keep) and step.name == "cdi_1_kept"]
    without = tuple(step for step in plan.steps if step is not keep)
    with pytest.raises(InvariantError, match="is not put down"):
        check_guards(replace(plan, steps=without))

    inner = {cte.alias: cte.this for cte in tree.ctes(keep.rows.tree)}
    through = tree.with_ctes(
        tree.without_ctes(plan.residual.tree, {"cdi_1"}), [(name, body, False) for name, body in inner.items()]
    )
    forged = replace(plan.residual, tree=through, leaves=keep.rows.leaves)
    with pytest.raises(InvariantError, match="is not put down"):
        check_guards(replace(plan, steps=(*plan.steps[:-1], forged)))


def test_a_mask_that_was_taken_off_is_not_run(asked_as) -> None:
    plan = asked_as("analyst").prepare("SELECT phone FROM customer").plan
    check_guards(plan)
    query = plan.plan.query
    guard = query.guards["cdi_1_all"]
    bare = tree.select([tree.column("phone", "customer")], tree.table("cdi_1_all", alias="customer"))
    changed = replace(guard, select=bare)
    other = replace(query, guards=MappingProxyType({**query.guards, "cdi_1_all": changed}))

    def put(root: tree.Tree) -> None:
        next(cte for cte in tree.ctes(root) if cte.alias == "cdi_1").set("this", bare.copy())

    forged = replace(with_tree(plan, put), plan=replace(plan.plan, query=other))
    with pytest.raises(InvariantError, match="lost what it is made of"):
        check_guards(forged)


def test_a_denied_column_or_source_is_not_run(asked_as) -> None:
    plan = asked_as("analyst").prepare("SELECT order_id FROM customer_record, orders").plan
    scan = next(each for each in plan.plan.scans if each.ref.entity == "customer_record")
    wider = replace(scan, fields=(*scan.fields, "full_name"))
    forged = replace(plan.plan, scans=tuple(wider if each is scan else each for each in plan.plan.scans))
    with pytest.raises(InvariantError, match="columns that are denied"):
        check_guards(replace(plan, plan=forged))

    plan = asked_as("no_desk").prepare("SELECT full_name FROM customer").plan
    whole = asked_as("steward").prepare("SELECT full_name FROM customer").plan
    records = next(each for each in whole.plan.scans if each.feeds)
    scans = tuple(replace(each, branches=records.branches) if each.feeds else each for each in plan.plan.scans)
    with pytest.raises(InvariantError, match="a source that is denied"):
        check_guards(replace(plan, plan=replace(plan.plan, scans=scans)))


def test_a_denied_column_of_a_table_without_a_guard_is_not_run(asked_as) -> None:
    plan = asked_as("steward").prepare("SELECT order_id FROM customer, orders").plan
    (scan,) = [each for each in plan.plan.scans if each.ref.entity == "customer" and not each.feeds]
    assert plan.plan.query.guards[scan.ref.node].select is None
    scans = tuple(replace(each, fields=(*each.fields, "health")) if each is scan else each for each in plan.plan.scans)
    with pytest.raises(InvariantError, match="columns that are denied"):
        check_guards(replace(plan, plan=replace(plan.plan, scans=scans)))


def test_a_source_is_told_the_guard_before_what_is_asked(tmp_path: Path) -> None:
    def change(files: dict[str, str]) -> None:
        files["policies/more.yaml"] = "roles:\n  rich: {entities: {allow: [orders]}, rows: {orders: amount > 20}}\n"
        files["policies/users.yaml"] = files["policies/users.yaml"].replace("[steward,", "[steward, rich,")

    sql = "SELECT order_id FROM orders WHERE note LIKE 'o%' AND order_id < 20"
    with office.opened(office.write(tmp_path, change), "rich") as federation:
        (fragment,) = federation.prepare(sql).plan.fragments
        where = fragment.text.partition("WHERE")[2]
        assert 0 < where.index('"cents"') < where.index('"remark"') and where.index('"cents"') < where.index('"no"')


@pytest.mark.parametrize("field", ["customer_id", "country"])
def test_a_guard_may_look_at_what_is_denied(tmp_path: Path, field: str) -> None:
    def change(files: dict[str, str]) -> None:
        denied = f"rules:\n  - {{to: [support_de], match: {{entity: customer, field: {field}}}, action: deny}}\n"
        files["policies/roles.yaml"] = files["policies/roles.yaml"].replace("rules:\n", denied)

    with office.opened(office.write(tmp_path, change), "support_de") as federation:
        assert federation.sql("SELECT order_id FROM orders ORDER BY 1").fetchall() == [(10,), (11,)]
        assert field not in {column.name for column in federation.sql("SELECT * FROM customer").columns}


def test_no_rule_takes_a_guard_away(asked_as) -> None:
    from cdi_federate.query.optimise.run import RULES

    sqls = [
        "SELECT country, count(*) FROM customer GROUP BY country ORDER BY 1",
        "SELECT sum(amount), max(note) FROM orders WHERE amount > 5",
        "SELECT full_name FROM customer WHERE email = 'anna@x.de' ORDER BY 1 LIMIT 1",
        "SELECT c.full_name, sum(o.amount) FROM customer c JOIN orders o USING (customer_id) GROUP BY 1 ORDER BY 1",
        "SELECT order_id FROM orders WHERE customer_id IN (SELECT customer_id FROM customer) ORDER BY amount LIMIT 1",
    ]
    names = tuple(rule.name for rule in RULES)
    for sql in sqls:
        fed = asked_as("support_de")
        answers = [
            fed.run(fed.prepare(sql, without=without, eager=eager)).fetchall()
            for without in ((), names, *((name,) for name in names))
            for eager in (False, True)
        ]
        assert all(answer == answers[0] for answer in answers) and answers[0]


def forged(plan: FederatedPlan, what: str) -> FederatedPlan:
    """Return the plan with one thing in it that no stage put there."""
    fetch, residual = plan.steps
    assert isinstance(fetch, Fetch) and isinstance(residual, Residual)
    fragment = fetch.fragment
    leaves = {"a file": FileScan("csv", ("/etc/passwd",), {}), "rows of another plan": KeptRows("cdi_kept")}
    texts = {
        "another table": fragment.text.replace('"orders"', '"accounts"'),
        "another table beside": f"{fragment.text} AND EXISTS (SELECT 1 FROM accounts)",
        "two statements": f"{fragment.text}; SELECT 1",
        "no query": "DELETE FROM orders",
    }
    if what == "another guard":
        (scan,) = plan.plan.scans
        return replace(plan, plan=replace(plan.plan, scans=(replace(scan, guard=Guard("customer")),)))
    if what == "no fragment":
        return replace(plan, steps=(residual,))
    if what == "another mapping":
        return replace(plan, steps=(replace(fetch, fragment=replace(fragment, mappings=("crm.accounts",))), residual))
    if what in leaves:
        more = replace(residual, leaves={**residual.leaves, "cdi_9": leaves[what]})
        return replace(plan, steps=(fetch, more))
    assert texts[what] != fragment.text
    return replace(plan, steps=(replace(fetch, fragment=replace(fragment, text=texts[what])), residual))


FORGED = {
    "another guard": "lost its guard",
    "no fragment": "a fragment that the plan does not have",
    "another table": "a table of none of its mappings",
    "another table beside": "a table of none of its mappings",
    "two statements": "not one SELECT",
    "no query": "not one SELECT",
    "another mapping": "carries a mapping that its source's scans do not have",
    "a file": "no scan of the plan asked for",
    "rows of another plan": "rows that the plan does not keep",
}


@pytest.mark.parametrize(("what", "said"), FORGED.items())
def test_a_plan_that_was_forged_is_not_run(asked_as, what: str, said: str) -> None:
    plan = asked_as("steward").prepare("SELECT order_id FROM orders WHERE amount > 5").plan
    check_plan(plan)
    with pytest.raises(InvariantError, match=said):
        check_plan(forged(plan, what))


def test_a_mask_that_nobody_reads_is_a_column_that_is_not_there(asked_as) -> None:
    sql = "SELECT count(*), sum(amount) FROM orders WHERE placed IS NOT NULL"
    unread, whole = (asked_as(role).prepare(sql).plan for role in ("analyst", "steward"))
    (guard,) = unread.plan.query.guards.values()
    assert guard.select is None and "note" in guard.denied
    assert [each.rule for each in unread.plan.trail] == [each.rule for each in whole.plan.trail]
    for sql in ("SELECT max(note) FROM orders", "SELECT * FROM orders", "SELECT o FROM orders o",
                "SELECT t.* FROM (SELECT * FROM orders) AS t", "SELECT 1 FROM orders ORDER BY note"):  # fmt: skip
        (guard,) = asked_as("analyst").prepare(sql).plan.plan.query.guards.values()
        assert guard.select is not None and "note" in guard.masks
