"""Everything about one customer as a timeline: `.venv/bin/python examples/03_customer_journey.py [E-MAIL]`."""

import sys
from pathlib import Path

import cdi_federate as cdi

CATALOG = Path(__file__).parent.parent / "catalog"

KNOWN_BEST = """
    SELECT email FROM customer WHERE email IS NOT NULL
    GROUP BY email ORDER BY count(DISTINCT _department) DESC, count(*) DESC, email LIMIT 1
"""

JOURNEY = """
    SELECT created_at AS moment, _department AS department, 'became known' AS what, NULL AS detail
    FROM customer WHERE email = $email
    UNION ALL
    SELECT ordered_at, _department, 'ordered', order_id || ' for ' || amount || ' (' || status || ')'
    FROM orders WHERE email = $email
    UNION ALL
    SELECT paid_at, _department, 'paid', payment_id || ' by ' || method
    FROM payment WHERE email = $email AND paid_at IS NOT NULL
    UNION ALL
    SELECT opened_at, _department, 'asked about ' || category, subject
    FROM service_case WHERE email = $email
    UNION ALL
    SELECT occurred_at, _department, type, coalesce(survey_metric || ' ' || survey_score, page)
    FROM interaction WHERE email = $email
    UNION ALL
    SELECT given_at, _department, 'consent to ' || purpose || ' ' || status, channel
    FROM consent WHERE email = $email
    ORDER BY moment, department, what, detail
"""


def main(email: str | None = None) -> None:
    with cdi.connect(CATALOG) as fed:
        if email is None:
            [(email,)] = fed.sql(KNOWN_BEST).fetchall()
        journey = fed.sql(JOURNEY, email=email)
        for moment, department, what, detail in journey.fetchall():
            print(f"{moment:%Y-%m-%d %H:%M}" if moment else "some day        ", f"{department:18}", what, detail or "")
        print(f"\n{len({source.department for source in journey.sources})} departments were asked.")


if __name__ == "__main__":
    main(*sys.argv[1:2])
