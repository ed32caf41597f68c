"""Everything about one customer as a timeline: `.venv/bin/python examples/03_customer_journey.py [E-MAIL]`.

The catalog says which tables tell of a customer; `cdi customer --email E-MAIL` shows more of each row.
"""

import sys
from pathlib import Path

import cdi_federate as cdi

CATALOG = Path(__file__).parent.parent / "catalog"

KNOWN_BEST = "SELECT customer_id FROM customer ORDER BY len(_sources) DESC, customer_id LIMIT 1"


def main(email: str | None = None) -> None:
    with cdi.connect(CATALOG) as fed:
        if email is None:
            [(known_best,)] = fed.sql(KNOWN_BEST).fetchall()
            found = fed.customer(known_best)
        else:
            found = fed.customer(email=email)
        for value in found.profile:
            print(f"{value.field:16}{value.value}   (from {value.source})")
        print()
        known = {value.value for value in found.profile}
        for moment in found.timeline:
            when = f"{moment.at:%Y-%m-%d %H:%M}" if moment.at else "some day"
            details = [str(value) for value in moment.values.values() if value not in known][:5]
            print(f"{when:17} {moment.department:18} {moment.table:13}", ", ".join(details))
        for table, rows in found.lists.items():
            print(f"\n{table}: {len(rows)}")
        print(f"\n{len(found.sources)} departments know {found.id}.")


if __name__ == "__main__":
    main(*sys.argv[1:2])
