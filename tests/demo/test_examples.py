"""Every example runs, and the figures it shows are those of the company's truth."""

import runpy
import sys
from collections import Counter, defaultdict
from datetime import datetime

import nbformat
import pytest
from nbclient import NotebookClient

import cdi_federate as cdi
from cdi_federate.hub.ids import lone_id
from tests.demo import persons
from tests.demo.conftest import ROOT

EXAMPLES = ROOT / "examples"
GOOD = ("paid", "shipped")


@pytest.fixture(scope="module")
def kpi(clone):
    """Return a function that answers one of the KPI queries as rows."""
    queries = runpy.run_path(str(EXAMPLES / "02_customer_kpis.py"))["KPIS"]
    with cdi.connect(clone / "catalog") as fed:
        yield lambda word: fed.sql(next(sql for title, sql in queries.items() if word in title)).fetchall()


@pytest.fixture(scope="module")
def ids(clone):
    """Return the customer's id of each record: mapping, key → id."""
    with cdi.connect(clone / "catalog") as fed:
        rows = fed.sql("SELECT mapping, record_key, customer_id FROM identifier").fetchall()
    return {(mapping, key): customer for mapping, key, customer in rows}


@pytest.fixture(scope="module")
def purchases(world, ids):
    """Return every sale that counts as (customer, when, cents); Sales' deleted accounts are customers of their own."""

    def whose(mapping, key):
        return ids.get((mapping, key), lone_id("customer", mapping, key))

    sales = [
        (whose("shop.shoppers", str(o.account.number)), o.at, o.total)
        for o in world.orders
        if o.status in GOOD and o.account
    ]
    return sales + [
        (whose("crm.accounts", f"A{d.account.number:06}"), datetime.fromisoformat(str(d.on)), d.cents)
        for d in world.deals
        if d.status in GOOD
    ]


def test_links_are_those_found_by_hand(ids, files):
    by_hand = {(mapping, key): person for mapping, key, person in files.execute("FROM who").fetchall()}
    assert ids.keys() == by_hand.keys()
    assert persons.pairs(ids) == persons.pairs(by_hand)


@pytest.mark.parametrize("script", sorted(EXAMPLES.glob("0*.py")), ids=lambda path: path.stem)
def test_script_runs(script, clone, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", [str(script)])
    runpy.run_path(str(clone / "examples" / script.name), run_name="__main__")
    assert len(capsys.readouterr().out.splitlines()) > 4


def test_there_are_four_scripts():
    assert len(list(EXAMPLES.glob("0*.py"))) == 4


def test_ctr_cpc_cpa(kpi, world):
    sums = defaultdict(Counter)
    for day in world.campaign_days:
        sums[day.channel].update(impressions=day.impressions, clicks=day.clicks, cost=day.cost, sales=day.conversions)
    expected = [
        (c, s["clicks"] / s["impressions"], s["cost"] / 1e6 / s["clicks"], s["cost"] / 1e6 / s["sales"])
        for c, s in sorted(sums.items())
    ]
    assert [row[0] for row in kpi("CTR")] == [row[0] for row in expected]
    for row, truth in zip(kpi("CTR"), expected, strict=True):
        assert [float(v) for v in row[1:]] == pytest.approx(truth[1:])


def test_csat_nps_ces(kpi, world):
    scores = defaultdict(list)
    for survey in world.surveys:
        scores[survey.metric].append(survey.score)
    csat, nps, ces = scores["csat"], scores["nps"], scores["ces"]
    assert float(kpi("CSAT")[0][0]) == pytest.approx(sum(s >= 4 for s in csat) / len(csat))
    assert float(kpi("NPS")[0][0]) == pytest.approx(
        100 * (sum(s > 8 for s in nps) - sum(s < 7 for s in nps)) / len(nps)
    )
    assert float(kpi("CES")[0][0]) == pytest.approx(sum(ces) / len(ces))


def test_retention(kpi, purchases):
    first = {customer for customer, at, _ in purchases if datetime(2025, 1, 1) <= at < datetime(2025, 4, 1)}
    second = {customer for customer, at, _ in purchases if datetime(2025, 4, 1) <= at < datetime(2025, 7, 1)}
    [(active, retained, retention)] = kpi("Retention")
    assert (active, retained) == (len(first), len(first & second))
    assert retention == pytest.approx(len(first & second) / len(first))


def test_rfm(kpi, purchases):
    last, often, spent = {}, Counter(), Counter()
    for customer, at, cents in purchases:
        last[customer] = max(at, last.get(customer, at))
        often[customer] += 1
        spent[customer] += cents
    r, f, m = _fifths(last), _fifths(often), _fifths(spent)
    customers, revenue = Counter(), Counter()
    for customer in last:
        segment = (
            "champions"
            if (r[customer], f[customer], m[customer]) == (5, 5, 5)
            else "loyal"
            if r[customer] >= 4 and f[customer] >= 3
            else "new or promising"
            if r[customer] >= 4
            else "at risk"
            if f[customer] >= 4 or m[customer] >= 4
            else "asleep"
        )
        customers[segment] += 1
        revenue[segment] += spent[customer]
    answer = kpi("RFM")
    assert {segment: n for segment, n, _ in answer} == customers
    assert {segment: int(euros * 100) for segment, _, euros in answer} == revenue


def test_journey_holds_everything_about_one_customer(clone, world, files, capsys):
    """Of the customer with the most orders: whatever number a department knows them by, and whatever address."""
    journey = runpy.run_path(str(clone / "examples" / "03_customer_journey.py"))
    email = max((o.email for o in world.orders if o.account), key=Counter(o.email for o in world.orders).__getitem__)
    journey["main"](email)
    shown = capsys.readouterr().out.split("\n\n")[1].splitlines()
    counts = Counter(line[37:51].strip() for line in shown)
    by_hand = """
        WITH mine AS (SELECT mapping, key FROM who WHERE person IN (SELECT person FROM persons WHERE email = $email))
        SELECT 'orders', count(*) FROM mine JOIN sales USING (mapping, key)
        UNION ALL SELECT 'service_case', count(*) FROM mine JOIN tickets
            ON mapping = 'support.contacts' AND key = contact_id
        UNION ALL SELECT 'payment', count(*) FROM mine JOIN billing.invoices
            ON mapping = 'billing.clients' AND key = client_no::VARCHAR
        UNION ALL SELECT 'interaction', (SELECT count(*) FROM mine JOIN events
            ON mapping = 'web.profiles' AND key = profile_id::VARCHAR)
          + (SELECT count(*) FROM mine JOIN surveys ON mapping = 'support.contacts' AND key = contact_id)
          + (SELECT count(*) FROM mine JOIN nps ON mapping = 'loyalty.members' AND key = member)
          + (SELECT count(*) FROM mine JOIN activity_list
             ON mapping = 'crm.accounts' AND key = account_no AND kind <> 'note')
    """
    expected = {table: n for table, n in files.execute(by_hand, {"email": email}).fetchall() if n}
    assert expected["orders"] > 5
    assert counts == expected
    moments = [line[:16] for line in shown]
    assert moments == sorted(moments, reverse=True)


def test_the_demo_s_question(clone, files):
    with cdi.connect(clone / "catalog") as fed:
        result = fed.sql((EXAMPLES / "demo.sql").read_text(encoding="utf-8"))
        assert len({source.department for source in result.sources}) == 6
        rows = {row[0]: tuple(map(_number, row[1:])) for row in result.fetchall()}
    by_hand = """
        WITH gold AS (SELECT person, country FROM persons WHERE loyalty_tier = 'gold'),
             keys AS (SELECT * FROM gold JOIN who USING (person)),
             each AS (
                 SELECT country, 1 AS members, 0 AS cents, 0 AS unpaid, 0 AS tickets, 0 AS visits FROM gold
                 UNION ALL SELECT country, 0, (euros * 100)::BIGINT, 0, 0, 0
                 FROM keys JOIN sales USING (mapping, key) WHERE good
                 UNION ALL SELECT country, 0, 0, regexp_replace(gross, '[^0-9]', '', 'g')::BIGINT, 0, 0
                 FROM keys JOIN billing.invoices ON mapping = 'billing.clients' AND key = client_no::VARCHAR
                 ANTI JOIN billing.receipts USING (invoice_no)
                 UNION ALL SELECT country, 0, 0, 0, 1, 0 FROM keys
                 JOIN tickets ON mapping = 'support.contacts' AND key = contact_id WHERE closed IS NULL
                 UNION ALL SELECT country, 0, 0, 0, 0, 1 FROM keys
                 JOIN events ON mapping = 'web.profiles' AND key = profile_id::VARCHAR WHERE kind = 1
             )
        SELECT country, sum(members), sum(cents) / 100, sum(unpaid) / 100, sum(tickets), sum(visits)
        FROM each GROUP BY 1
    """
    expected = {row[0]: tuple(map(_number, row[1:])) for row in files.execute(by_hand).fetchall()}
    assert len(expected) >= 9 and all(sum(column) > 0 for column in zip(*expected.values(), strict=True))
    assert rows == expected


def _number(value):
    return round(float(value or 0), 2)


def test_notebook_runs(clone, tmp_path, monkeypatch):
    for home in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(home, str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(EXAMPLES / "quickstart.ipynb", as_version=4)
    assert all(not cell.get("outputs") and not cell.get("execution_count") for cell in notebook.cells)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(clone / "examples")}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
    assert len([output for output in outputs if "text/html" in output.get("data", {})]) >= 3


def _fifths(values):
    """Return each key's fifth, from 1 to 5, as ntile(5) over the values and then the keys deals them."""
    ordered = sorted(values, key=lambda key: (values[key], key))
    big, rest = divmod(len(ordered), 5)
    sizes = [big + (fifth < rest) for fifth in range(5)]
    fifths = [fifth + 1 for fifth in range(5) for _ in range(sizes[fifth])]
    return dict(zip(ordered, fifths, strict=True))
