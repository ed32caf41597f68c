"""A demo company: six departments that each know some of the same 20,000 customers, each in its own way.

    world.py     the truth: people, what they bought, asked, clicked and said     (clean, in memory, never written)
    dirt.py      how real systems spell the truth
    crm.py …     one department a file: spells its share of the world into its own kind of store

The world decides what each department knows, the departments only how it is spelt; so every figure that a query over
the files gives can be checked against the world. Everything is drawn from seeded streams: the same bytes every run,
as far as the file formats allow.
"""

from examples.demo_company.build import build
from examples.demo_company.world import World

__all__ = ["World", "build"]
