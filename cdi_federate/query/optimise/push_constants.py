"""Tell sources what the statement compares an equal field of another scan with.

    SELECT … FROM deal d JOIN customer c ON c.customer_id = d.customer_id WHERE d.customer_id = 'crm:5'
    →  at the CRM, of the customers too:  … WHERE account_no = 5

Sound because a link (`links.py`) says that rows of the taker whose field is none of the giver's values are not needed,
and the giver's values are those that pass its filters: an equality with a constant, or a list of constants, that is
laid over the one field holds of the other as well. It is proved and told as a filter is (`push_filters.py`), and may
rule branches out. No keys need to be collected then: both are asked at the same time.
Not past a merge, not of groups, whose rows are behind them, and not with a `strict` field, whose error must come for
every row that the query reads. What comes of a joint has met its partners already.
"""

from __future__ import annotations

from dataclasses import replace

from cdi_federate.query.copies import constant, is_constant, told_filters
from cdi_federate.query.links import Link, links
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.clauses import Clause
from cdi_federate.stages.plan import Filter, Plan, Scan


def push_constants(plan: Plan, context: Context) -> Plan:
    """Return the plan with the filters that links imply among `Scan.filters`, told to the sources that can be told."""
    scans = {scan.ref.node: scan for scan in plan.scans if scan.ref.node not in plan.joined}
    if len(scans) < 2 or not any(map(is_constant, (each.clause for scan in scans.values() for each in scan.filters))):
        return plan
    found, before = links(plan.tree, scans), None
    while scans != before:  # what one scan has taken, it gives
        before = dict(scans)
        for link in found:
            scans[link.taker] = _told(link, scans[link.giver], scans[link.taker])
    after = tuple(scans.get(scan.ref.node, scan) for scan in plan.scans)
    return replace(plan, scans=after) if after != plan.scans else plan


def _told(link: Link, giver: Scan, taker: Scan) -> Scan:
    """Return the taker with the filters that it did not have; the same scan where there are none, or may be none."""
    if not _may_take(taker):
        return taker
    known = {filter_.clause for filter_ in taker.filters}
    taken = [
        Filter(each.text if each.by else f"{each.text}, for {link.text}", clause, implied=True, by=link.text)
        for each in giver.filters
        if (clause := _of_equal(each, link)) is not None and clause not in known
    ]
    return told_filters(replace(taker, filters=(*taker.filters, *taken))) if taken else taker


def _of_equal(filter_: Filter, link: Link) -> Clause | None:
    """Return what a filter of the giver says of the taker's field."""
    clause = constant(filter_, link.given)
    return None if clause is None else replace(clause, column=link.field)


def _may_take(scan: Scan) -> bool:
    strict = any(schema_of(scan.entity)[name].strict for name in scan.fields)
    plain = scan.summary is None and scan.merge is None and not scan.feeds and not strict
    return plain and any(branch.dialect for branch in scan.branches)


RULE = Rule("push_constants", push_constants, needs_facts=True)
