"""How fast each kind of source works, until it was observed: what one did as it is installed, on two cores.

Measured with tables of 0.5 million rows (Postgres 15, MariaDB 10.11, SQLite), least of three: milliseconds to send one
number, one text, three and six columns of every row; to read all and send none; to group by a number, by a text of 500
values, and by one of 500,000; to find 50,000 keys by an index.

              sent: 1 number  1 text  3 columns  6 columns   read   groups: number  500 texts  500,000   keys
    Postgres              72      98        172        264     30               70         56      499    103
    MariaDB               60      66         91        127     67               85        151    5,551    177
    SQLite                70     102        161        252     23              107        110      221     63

The engine's readers take six round trips for a statement of Postgres and nine to eleven for one of MariaDB, their
drivers one (counted by the proxy of CDI-Bench). SQLite takes nearly twice as long for keys whose cells are looked at
(TYPEOF), and sorts anew for each further key.
What MariaDB sends is not compressed (docs/sources/mysql.md): compressed it takes six times as long. It has taken 1.1 s
for grouping 0.7 million rows by a text of another table; `group_text` lies between the two. Finding the partners of
0.1 million rows by an index, while tables are joined, takes 60, 60 and 40 ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cdi_federate.stages.cost import Pace

MICRO = 1e-6

PACES: Mapping[str, Pace] = MappingProxyType(
    {
        "postgres": Pace(
            latency=1.4e-3,
            row=0.11 * MICRO,
            byte=0.0055 * MICRO,
            scan=0.06 * MICRO,
            group_number=0.08 * MICRO,
            group_text=0.06 * MICRO,
            group=1.0 * MICRO,
            key=2.0 * MICRO,
            meet=0.6 * MICRO,
            trips=6,
        ),
        "mysql": Pace(
            latency=1.3e-3,
            row=0.11 * MICRO,
            byte=0.002 * MICRO,
            scan=0.13 * MICRO,
            group_number=0.1 * MICRO,
            group_text=0.35 * MICRO,
            group=10.0 * MICRO,
            key=3.5 * MICRO,
            meet=0.6 * MICRO,
            hashes=False,
            trips=9,
        ),
        "sqlite": Pace(
            latency=0.6e-3,
            row=0.12 * MICRO,
            byte=0.006 * MICRO,
            scan=0.05 * MICRO,
            group_number=0.3 * MICRO,
            group_text=0.3 * MICRO,
            group=0.4 * MICRO,
            key=1.3 * MICRO,
            meet=0.4 * MICRO,
            told=2e-3,
        ),
    }
)
"""By dialect."""

UNKNOWN = PACES["postgres"]
"""The pace of a dialect that was not measured."""


def pace_of(dialect: str) -> Pace:
    """Return the pace of a dialect's engine."""
    return PACES.get(dialect, UNKNOWN)
