"""Every example runs, and the figures it shows are those of the company's truth."""

import runpy
import sys
from collections import Counter, defaultdict
from datetime import datetime

import nbformat
import pytest
from nbclient import NotebookClient

import cdi_federate as cdi
from examples.demo_company import loyalty
from tests.demo.conftest import ROOT

EXAMPLES = ROOT / "examples"
GOOD = ("paid", "shipped")


@pytest.fixture(scope="module")
def kpi(company):
    """Return a function that answers one of the KPI queries as rows."""
    queries = runpy.run_path(str(EXAMPLES / "02_customer_kpis.py"))["KPIS"]
    with cdi.connect(ROOT / "catalog") as fed:
        yield lambda word: fed.sql(next(sql for title, sql in queries.items() if word in title)).fetchall()


@pytest.fixture(scope="module")
def purchases(world):
    """Return every sale that counts as (e-mail, when, cents)."""
    sales = [(o.email, o.at, o.total) for o in world.orders if o.status in GOOD]
    sales += [(d.account.email, datetime.fromisoformat(str(d.on)), d.cents) for d in world.deals if d.status in GOOD]
    return [sale for sale in sales if sale[0] is not None]


@pytest.mark.parametrize("script", sorted(EXAMPLES.glob("0*.py")), ids=lambda path: path.stem)
def test_script_runs(script, company, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", [str(script)])
    runpy.run_path(str(script), run_name="__main__")
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
    first = {email for email, at, _ in purchases if datetime(2025, 1, 1) <= at < datetime(2025, 4, 1)}
    second = {email for email, at, _ in purchases if datetime(2025, 4, 1) <= at < datetime(2025, 7, 1)}
    [(active, retained, retention)] = kpi("Retention")
    assert (active, retained) == (len(first), len(first & second))
    assert retention == pytest.approx(len(first & second) / len(first))


def test_rfm(kpi, purchases):
    last, often, spent = {}, Counter(), Counter()
    for email, at, cents in purchases:
        last[email] = max(at, last.get(email, at))
        often[email] += 1
        spent[email] += cents
    r, f, m = _fifths(last), _fifths(often), _fifths(spent)
    customers, revenue = Counter(), Counter()
    for email in last:
        segment = (
            "champions"
            if (r[email], f[email], m[email]) == (5, 5, 5)
            else "loyal"
            if r[email] >= 4 and f[email] >= 3
            else "new or promising"
            if r[email] >= 4
            else "at risk"
            if f[email] >= 4 or m[email] >= 4
            else "asleep"
        )
        customers[segment] += 1
        revenue[segment] += spent[email]
    answer = kpi("RFM")
    assert {segment: n for segment, n, _ in answer} == customers
    assert {segment: int(euros * 100) for segment, _, euros in answer} == revenue


def test_journey_holds_everything_about_one_customer(company, world, capsys):
    journey = runpy.run_path(str(EXAMPLES / "03_customer_journey.py"))
    email = max((o.email for o in world.orders if o.account), key=Counter(o.email for o in world.orders).__getitem__)
    journey["main"](email)
    shown = capsys.readouterr().out.splitlines()[:-2]
    assert sum(" ordered " in line for line in shown) == (
        sum(o.email == email for o in world.orders) + sum(d.account.email == email for d in world.deals)
    )
    assert sum(" asked about " in line for line in shown) >= sum(t.account.email == email for t in world.tickets)
    assert shown == sorted(shown, key=lambda line: line[:16])


def test_the_demo_s_question(company, world):
    with cdi.connect(ROOT / "catalog") as fed:
        result = fed.sql((EXAMPLES / "demo.sql").read_text(encoding="utf-8"))
        assert len({source.department for source in result.sources}) == 6
        rows = result.fetchall()
    gold = {a.email for a in world.accounts["loyalty"] if a.email and loyalty.tier_of(a.number) == "gold"}
    assert sum(row[1] for row in rows) == len(gold)
    assert sum(row[4] or 0 for row in rows) == sum(t.closed is None and t.account.email in gold for t in world.tickets)
    visits = (e for e in world.events if e.type == "visit" and e.account)
    assert sum(row[5] or 0 for row in rows) == sum(visit.account.email in gold for visit in visits)


def test_notebook_runs(company, tmp_path, monkeypatch):
    for home in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(home, str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(EXAMPLES / "quickstart.ipynb", as_version=4)
    assert all(not cell.get("outputs") and not cell.get("execution_count") for cell in notebook.cells)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(EXAMPLES)}}).execute()
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
