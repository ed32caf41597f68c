"""The figures people ask of customer data, each one definition and one query over the departments that know it."""

from pathlib import Path

import cdi_federate as cdi

CATALOG = Path(__file__).parent.parent / "catalog"

KPIS = {
    # Click-through rate: clicks / impressions. Cost per click: cost / clicks. Cost per acquisition: cost / conversions.
    "Campaigns: CTR, CPC, CPA": """
        SELECT channel,
               sum(clicks) / sum(impressions) AS ctr,
               sum(cost) / sum(clicks)        AS cpc,
               sum(cost) / sum(conversions)   AS cpa
        FROM campaign_stat GROUP BY channel ORDER BY channel
    """,
    # Customer satisfaction: the share of answers 4 and 5 among all answers from 1 to 5.
    "Satisfaction: CSAT": """
        SELECT count(*) FILTER (WHERE survey_score >= 4) / count(*) AS csat
        FROM interaction WHERE survey_metric = 'csat'
    """,
    # Net promoter score: percent of answers 9 and 10 minus percent of answers 0 to 6, from -100 to 100.
    "Loyalty: NPS": """
        SELECT 100 * (count(*) FILTER (WHERE survey_score >= 9)
                    - count(*) FILTER (WHERE survey_score <= 6)) / count(*) AS nps
        FROM interaction WHERE survey_metric = 'nps'
    """,
    # Customer effort score: the mean answer, from 1 (no effort) to 7.
    "Effort: CES": """
        SELECT avg(survey_score) AS ces FROM interaction WHERE survey_metric = 'ces'
    """,
    # Retention: of the customers who bought in one window, the share who bought in the next one too.
    "Retention, first to second quarter of 2025": """
        WITH buyer AS (
            SELECT customer_id,
                   bool_or(ordered_at <  DATE '2025-04-01') AS in_first,
                   bool_or(ordered_at >= DATE '2025-04-01') AS in_second
            FROM orders
            WHERE ordered_at >= DATE '2025-01-01' AND ordered_at < DATE '2025-07-01'
              AND status IN ('paid', 'shipped') AND customer_id IS NOT NULL
            GROUP BY customer_id
        )
        SELECT count(*) FILTER (WHERE in_first) AS active,
               count(*) FILTER (WHERE in_first AND in_second) AS retained,
               retained / active AS retention
        FROM buyer
    """,
    # RFM: customers scored 1 to 5, a fifth each, by recency, frequency and monetary value. 555 are the champions.
    "Segments: RFM": """
        WITH buyer AS (
            SELECT customer_id, max(ordered_at) AS last, count(*) AS orders, sum(amount) AS revenue
            FROM orders WHERE status IN ('paid', 'shipped') AND customer_id IS NOT NULL GROUP BY customer_id
        ), scored AS (
            SELECT *,
                   ntile(5) OVER (ORDER BY last, customer_id)    AS r,
                   ntile(5) OVER (ORDER BY orders, customer_id)  AS f,
                   ntile(5) OVER (ORDER BY revenue, customer_id) AS m
            FROM buyer
        )
        SELECT CASE WHEN r = 5 AND f = 5 AND m = 5 THEN 'champions'
                    WHEN r >= 4 AND f >= 3 THEN 'loyal'
                    WHEN r >= 4 THEN 'new or promising'
                    WHEN f >= 4 OR m >= 4 THEN 'at risk'
                    ELSE 'asleep' END AS segment,
               count(*) AS customers, sum(revenue) AS revenue
        FROM scored GROUP BY segment ORDER BY revenue DESC
    """,
}


def main() -> None:
    with cdi.connect(CATALOG) as fed:
        for title, sql in KPIS.items():
            print(f"\n{title}")
            fed.sql(sql).show()


if __name__ == "__main__":
    main()
