"""Who is one customer, and what is known of them, found out by hand: in Python, over raw files, without the product.

Two records are one customer where they have the same e-mail; the same full name and birth date; or the same phone and
full name. Two different birth dates keep them apart, whoever stands between. Links are taken from the strongest on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations

import pyarrow as pa

from tests.identity.merging import Record, Rule, golden

MAPPINGS = ("billing.clients", "crm.accounts", "loyalty.members", "shop.shoppers", "support.contacts", "web.profiles")
"""The departments' lists of customers, as the catalog has them: in the order of their files' names."""

RECORDS = r"""
SELECT 'crm.accounts' AS mapping, account_no AS key, mail(email_addr) AS email, e164(phone_no) AS phone,
       first_name, last_name, first_name || ' ' || last_name AS full_name,
       coalesce(try_strptime(birth, '%Y-%m-%d'), try_strptime(birth, '%d.%m.%Y'), try_strptime(birth, '%Y%m%d'))::DATE
           AS birth_date,
       iso(country_name) AS country, NULL AS language, created_at::TIMESTAMP AS created_at,
       CASE status_cd WHEN 'A' THEN 'active' WHEN 'P' THEN 'prospect' WHEN 'C' THEN 'churned' END AS lifecycle_stage,
       (credit_cents::DECIMAL(18,2) / 100)::DECIMAL(18,2) AS balance, NULL AS loyalty_tier, NULL AS loyalty_points
FROM accounts WHERE status_cd <> 'X'
UNION ALL SELECT 'billing.clients', client_no::VARCHAR, mail(mail), NULL, split_part(name, ', ', 2),
       split_part(name, ', ', 1), regexp_replace(name, '(.*), (.*)', '\2 \1'), birth_date, iso(country), NULL, NULL,
       NULL, (balance_cents::DECIMAL(18,2) / 100)::DECIMAL(18,2), NULL, NULL FROM billing.clients
UNION ALL SELECT 'shop.shoppers', shopper_no::VARCHAR, mail(email), NULL, given_name, family_name,
       given_name || ' ' || family_name, NULL, iso(country), NULL, registered, NULL, NULL, NULL, NULL FROM shoppers
UNION ALL SELECT 'loyalty.members', member, mail(contact.email), e164(contact.mobile), name.given, name.family,
       name.given || ' ' || name.family, birthday, iso(country), NULL, joined, NULL, NULL, lower(tier),
       split_part(points, ' ', 1)::BIGINT FROM members
UNION ALL SELECT 'support.contacts', contact_id, mail(email), e164(phone), NULL, NULL, full_name, NULL, iso(country),
       coalesce(map {'German': 'de', 'French': 'fr', 'Italian': 'it', 'Dutch': 'nl', 'Polish': 'pl'}[language], 'en'),
       strptime(registered, '%d/%m/%Y'), NULL, NULL, NULL, NULL FROM contacts
UNION ALL SELECT 'web.profiles', profile_id::VARCHAR, mail(login), NULL, NULL, NULL, NULL, NULL, iso(geo), locale[:2],
       first_seen, NULL, NULL, NULL, NULL FROM profiles
"""

ORDER = ("crm", "billing", "shop", "loyalty", "support", "web")
FIRST = Rule("source_priority", order=ORDER)
RULES = {
    "email": Rule("source_priority", order=("shop", "loyalty", "crm")),
    "phone": FIRST,
    "first_name": Rule("follow", of="last_name"),
    "last_name": FIRST,
    "full_name": FIRST,
    "birth_date": Rule("unanimous", order=ORDER),
    "country": Rule("most_frequent", order=ORDER),
    "language": FIRST,
    "created_at": Rule("min", order=ORDER),
    "lifecycle_stage": FIRST,
    "balance": Rule("source_priority", order=("billing", "crm")),
    "loyalty_tier": FIRST,
    "loyalty_points": FIRST,
}
"""What a steward has decided of each field; the same as in the catalog, which nobody here has read."""


def add(base):
    """Add to the raw files the table `who` (mapping, key, person) and the table `persons`, one row a customer."""
    records = base.execute(RECORDS).to_arrow_table().to_pylist()
    numbers = _persons(records)
    members = defaultdict(list)
    for record, number in zip(records, numbers, strict=True):
        members[number].append(record)
    who = {"mapping": [r["mapping"] for r in records], "key": [r["key"] for r in records], "person": numbers}
    _table(base, "who", pa.table(who))
    _table(base, "persons", pa.Table.from_pylist([_merged(number, each) for number, each in members.items()]))


def _table(base, name, rows):
    base.register("rows", rows)
    base.execute(f"CREATE TABLE {name} AS FROM rows")
    base.unregister("rows")


def _persons(records):
    """Return each record's person, as the number of one of its records."""
    links = defaultdict(set)
    for rule, fields in enumerate((("email",), ("full_name", "birth_date"), ("phone", "full_name"))):
        having = defaultdict(list)
        for at, record in enumerate(records):
            values = tuple(str(record[name]).lower() if name == "full_name" else record[name] for name in fields)
            if all(record[name] for name in fields):
                having[values].append(at)
        assert max(map(len, having.values())) <= 14, "no value is so common that it would link nobody"
        for group in having.values():
            for pair in combinations(group, 2):
                links[pair].add(rule)
    names = [(MAPPINGS.index(record["mapping"]), record["key"]) for record in records]

    def strength(pair):
        return min(links[pair]), -len(links[pair]), sorted((names[pair[0]], names[pair[1]]))

    group = {at: [at] for at in range(len(records))}
    born = {at: record["birth_date"] for at, record in enumerate(records)}
    home = list(range(len(records)))
    for left, right in sorted(links, key=strength):
        one, other = home[left], home[right]
        if one == other or (born[one] and born[other] and born[one] != born[other]):
            continue
        group[one] += group.pop(other)
        born[one] = born[one] or born[other]
        for at in group[one]:
            home[at] = one
    assert max(map(len, group.values())) <= 14
    return home


def _merged(number, records):
    known = [
        Record(r["mapping"].partition(".")[0], r["key"], r, at=MAPPINGS.index(r["mapping"]), mapping=r["mapping"])
        for r in records
    ]
    row = {"person": number, "sources": sorted({each.source for each in known}), "records": len(known)}
    for name in RULES:
        row[name], winner = golden(known, name, RULES)
        row[f"{name}__source"] = winner.source if winner else None
    return row


def pairs(groups):
    """Return the pairs of things that stand in one group; `groups` is thing → group."""
    members = defaultdict(list)
    for thing, group in groups.items():
        members[group].append(thing)
    return Counter(pair for each in members.values() for pair in combinations(sorted(each), 2))
