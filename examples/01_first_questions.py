"""First questions to six departments at once. After `make demo`: `.venv/bin/python examples/01_first_questions.py`."""

from pathlib import Path

import cdi_federate as cdi

CATALOG = Path(__file__).parent.parent / "catalog"

QUESTIONS = {
    "Who knows how many customers, and how many of them can be written to?": """
        SELECT _department AS department, count(*) AS records, count(email) AS with_email
        FROM customer GROUP BY ALL ORDER BY records DESC
    """,
    "How many people are they, counted once, by country?": """
        SELECT country, count(DISTINCT email) AS people
        FROM customer WHERE country IS NOT NULL GROUP BY country ORDER BY people DESC
    """,
    "Which countries brought the most money, in the shop and through Sales?": """
        WITH home AS (SELECT email, max(country) AS country FROM customer GROUP BY email)
        SELECT country, sum(amount) AS revenue, sum(amount) FILTER (WHERE channel = 'direct') AS through_sales
        FROM orders JOIN home USING (email)
        WHERE status IN ('paid', 'shipped') GROUP BY country ORDER BY revenue DESC LIMIT 5
    """,
    "Who waits for an answer of ours and owes us money at the same time?": """
        SELECT count(DISTINCT email) AS people FROM service_case
        WHERE status = 'open' AND email IN (SELECT email FROM payment WHERE paid_at IS NULL)
    """,
}


def main() -> None:
    with cdi.connect(CATALOG) as fed:
        for question, sql in QUESTIONS.items():
            print(f"\n{question}")
            fed.sql(sql).show()

        # Nothing was copied: each department was sent its part, in its own language.
        print(fed.sql("SELECT full_name, email FROM customer WHERE country = $country", country="PL").explain())


if __name__ == "__main__":
    main()
