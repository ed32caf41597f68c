"""Join a frame of your own, from pandas, polars or Arrow, with what the departments know."""

from pathlib import Path

import pandas as pd

import cdi_federate as cdi

CATALOG = Path(__file__).parent.parent / "catalog"

REGIONS = pd.DataFrame(
    {
        "country": ["DE", "AT", "CH", "FR", "IT", "NL", "PL", "GB", "US"],
        "region": ["DACH", "DACH", "DACH", "South", "South", "North", "East", "North", "Overseas"],
        "target": [2_500_000] * 3 + [800_000] * 2 + [500_000, 150_000, 500_000, 200_000],
    }
)

TARGETS_MET = """
    WITH sold AS (
        SELECT region, any_value(target) AS target, sum(amount) AS revenue
        FROM orders JOIN customer USING (customer_id) JOIN regions USING (country)
        WHERE status IN ('paid', 'shipped') AND ordered_at >= DATE '2025-01-01'
        GROUP BY region
    )
    SELECT region, revenue, target, round(100 * revenue / target) AS percent FROM sold ORDER BY percent DESC
"""


def main() -> None:
    with cdi.connect(CATALOG) as fed:
        fed.register("regions", REGIONS)
        result = fed.sql(TARGETS_MET)
        print(result.df().to_string(index=False))  # a pandas frame; .pl() and .arrow() give the others


if __name__ == "__main__":
    main()
