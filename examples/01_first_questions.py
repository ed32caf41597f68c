"""First questions to six departments at once. After `make demo`: `.venv/bin/python examples/01_first_questions.py`."""

from pathlib import Path

import cdi_federate as cdi

CATALOG = Path(__file__).parent.parent / "catalog"

QUESTIONS = {
    "Who has how many customers on record, and how many of them can be written to?": """
        SELECT _department AS department, count(*) AS records, count(email) AS with_email
        FROM customer_record GROUP BY ALL ORDER BY records DESC
    """,
    "How many customers are they, each counted once, by country?": """
        SELECT country, count(*) AS customers
        FROM customer WHERE country IS NOT NULL GROUP BY country ORDER BY customers DESC
    """,
    "Which countries brought the most money, in the shop and through Sales?": """
        SELECT country, sum(amount) AS revenue, sum(amount) FILTER (WHERE channel = 'direct') AS through_sales
        FROM orders JOIN customer USING (customer_id)
        WHERE status IN ('paid', 'shipped') GROUP BY country ORDER BY revenue DESC LIMIT 5
    """,
    "Who waits for an answer of ours and owes us money at the same time?": """
        SELECT count(DISTINCT customer_id) AS customers FROM service_case
        WHERE status = 'open' AND customer_id IN (SELECT customer_id FROM payment WHERE paid_at IS NULL)
    """,
    "Of whom do all six departments know, and whose e-mail address is it that we use?": """
        SELECT email__source AS source, count(*) AS customers
        FROM customer WHERE len(_sources) = 6 GROUP BY ALL ORDER BY customers DESC
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
