"""How good are the customers that were found? Held against pairs of records that are known to be one customer.

Pairwise figures ask of every two records; B-cubed (Bagga and Baldwin, 1998) asks of every record how pure its customer
is and how complete, so that one large wrong group does not outweigh thousands of right ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

from cdi_federate.identity.components import Components

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Shares:
    """`precision`: how much of what was said is right. `recall`: how much of what is right was said. Both 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of both; 0 where both are."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """What an evaluation found. `found`, `known` and `right` count pairs of records: said, true, and both."""

    records: int
    customers: int
    largest: int
    found: int
    known: int
    right: int
    pairs: Shares
    b_cubed: Shares
    strangers: int
    """Records of the known pairs that no customer has; they count as customers of their own."""


def evaluate(customers: Mapping[Key, Hashable], known: Iterable[tuple[Key, Key]]) -> Score:
    """Return how customers (record → its id) agree with the pairs of records known to be one customer.

    What follows from the pairs is known too: where a is b and b is c, a is c. Two records that do not follow are taken
    for two customers, so the pairs have to be all there are among these records. Where nothing was said, precision is
    1; where there is nothing to find, recall is.
    """
    listed = list(known)
    numbers = {record: at for at, record in enumerate(dict.fromkeys([*customers, *chain.from_iterable(listed)]))}
    groups = Components(len(numbers))
    for left, right in listed:
        groups.join(numbers[left], numbers[right])
    # A record that nobody has is its own customer; a tuple of one keeps it apart from every id.
    pairs = [(customers.get(record, (record,)), groups.find(at)) for record, at in numbers.items()]
    said, true, both = Counter(one for one, _ in pairs), Counter(root for _, root in pairs), Counter(pairs)
    found, known_pairs, right_pairs = (_pairs(sizes.values()) for sizes in (said, true, both))
    total = len(pairs) or 1
    pure = sum(count * count / said[one] for (one, _), count in both.items()) / total
    complete = sum(count * count / true[other] for (_, other), count in both.items()) / total
    return Score(
        records=len(pairs),
        customers=len(said),
        largest=max(said.values(), default=0),
        found=found,
        known=known_pairs,
        right=right_pairs,
        pairs=Shares(right_pairs / found if found else 1.0, right_pairs / known_pairs if known_pairs else 1.0),
        b_cubed=Shares(pure, complete) if pairs else Shares(1.0, 1.0),
        strangers=len(numbers) - len(customers),
    )


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)
