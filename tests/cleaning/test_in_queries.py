"""The functions where they are used: in mappings, in a mapping's `where`, in queries, and what is said when misused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import cdi_federate as cdi
from cdi_federate.errors import CdiError
from cdi_federate.explain.shapes import columns_of

ROWS = """id;em;tel;nm;country;born;zip
1; "Jane" <Jane@X.org>;030 / 12 34-56 ext. 7;Dr. Jane MÜLLER;Deutschland;31.12.1999;1067
2;n/a;unknown;;Narnia;soon;
3;JIM@X.ORG;+44 (0) 20 7946 0018;Mr Jim O'Brien;UK;1980-05-06;sw1a1aa
4;test@x.org;;Test;DE;;
"""

SOURCE = """
source: crm
kind: csv
connection: {path: data}
provides:
  customer:
    from: crm.csv
    options:
      delim: ";"
      quote: ""
      columns: {id: varchar, em: varchar, tel: varchar, nm: varchar, country: varchar, born: varchar, zip: varchar}
    key: id
    where: norm_name(nm) IS DISTINCT FROM 'test'
    fields:
      id: id
      email: norm_email(em)
      phone: norm_phone(tel, country_iso2(country))
      name: norm_name(nm)
      country: country_iso2(country)
      born: parse_date(born, '%d.%m.%Y', '%Y-%m-%d')
      postcode: norm_postcode(zip, country_iso2(country))
    tests:
      - name: everything is cleaned
        given: {id: "1", em: MAILTO:A@B.DE, tel: 0171 1234567, country: Germany, born: 1.2.1990, zip: D-1067}
        expect: {email: a@b.de, phone: "+491711234567", country: DE, born: 1990-02-01, postcode: "01067"}
"""

ENTITY = """
entity: customer
key: id
fields: {id: varchar, email: varchar, phone: varchar, name: varchar, country: varchar, born: date, postcode: varchar}
"""


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("cleaning")
    files = {"entities/customer.yaml": ENTITY, "sources/crm.yaml": SOURCE, "data/crm.csv": ROWS}
    for name, text in {"catalog.yaml": "name: cleaning\n", **files}.items():
        path = Path(root, name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")
    return str(root)


@pytest.fixture(scope="module")
def federation(catalog: str) -> Iterator[cdi.Federation]:
    with cdi.connect(catalog) as opened:
        yield opened


def test_mappings_clean(federation: cdi.Federation) -> None:
    found = federation.sql(
        "SELECT id, email, phone, name, country, born, postcode FROM customer ORDER BY id"
    ).fetchall()
    assert found == [
        ("1", "jane@x.org", "+4930123456", "jane muller", "DE", dt.date(1999, 12, 31), "01067"),
        ("2", None, None, None, None, None, None),
        ("3", "jim@x.org", "+442079460018", "jim obrien", "GB", dt.date(1980, 5, 6), "SW1A 1AA"),
    ]


def test_queries_clean(federation: cdi.Federation) -> None:
    sql = """
        WITH asked AS (SELECT norm_phone('(0)30 1234-56', region) AS number FROM (VALUES ('DE'), (NULL)) AS r(region))
        SELECT c.id, digits(phone), upper(norm_name($name)), count(*) OVER (PARTITION BY country_iso2(c.country))
        FROM customer c JOIN asked ON asked.number = c.phone
        WHERE email = norm_email(' JANE@x.org') AND c.born > parse_date('1/1/1990', '%d/%m/%Y')
    """
    assert federation.sql(sql, name="Mrs Doe").fetchall() == [("1", "4930123456", "DOE", 1)]


def test_the_tests_of_a_mapping_know_them(federation: cdi.Federation) -> None:
    assert federation.validate(test=True) == ()


def test_lineage_goes_through_them() -> None:
    assert columns_of("norm_phone(tel, country_iso2(country))") == ("tel", "country")


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT norm_phon(phone) FROM customer", "did you mean 'norm_phone'"),
        ("SELECT norm_phone(phone, 'DE', 1) FROM customer", "function norm_phone does not take these arguments"),
        ("SELECT norm_phone() FROM customer", "It takes norm_phone(x, region"),
        ("SELECT parse_date(name) FROM customer", "It takes parse_date(x, f1); "),
        ("SELECT cdi_phone(phone, 'DE') FROM customer", "function 'cdi_phone' does not exist here"),
        ("SELECT cdi_country(country) FROM customer", "function 'cdi_country' does not exist here"),
        ("SELECT parse_date(name, '%Q') FROM customer", "%Q"),
        ("SELECT parse_date(name, country) FROM customer", "must be a constant"),
    ],
)
def test_misuse_is_explained(federation: cdi.Federation, sql: str, says: str) -> None:
    with pytest.raises(CdiError) as caught:
        federation.sql(sql).fetchall()
    assert says in str(caught.value)


def test_many_first_callers_at_once(catalog: str) -> None:
    """The functions are defined once a statement calls one, whoever else does so at that moment."""
    call = "norm_phone(phone || ' ext. $n', 'DE'), norm_name(name), country_iso2('Land $n')"
    sql = f"SELECT {call} FROM customer ORDER BY id"
    with cdi.connect(catalog) as fresh, ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda n: fresh.sql(sql.replace("$n", str(n))).fetchall(), range(40)))
    wanted = [("+4930123456", "jane muller", None), (None, None, None), ("+442079460018", "jim obrien", None)]
    assert found == [wanted] * 40
