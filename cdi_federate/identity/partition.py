"""One group that breaks a rule of groups → groups that break none. Pure, and the same whatever order things came in.

Links are taken from the strongest on (pins, then the order of the rules, then how many rules agree, then the score,
then the keys), and one that would bring together what must stay apart is left out. What is too large even so loses the
links of its weakest rule, again and again; what is too large by its strongest rule alone is nobody's: its records stand
alone, but for pins.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

Name = tuple[int, str]
"""A record in a fixed order: its mapping's number and its key."""

N = TypeVar("N", bound=Hashable)


class Member(NamedTuple):
    """A record of a group. `marks` are its known values of `conflict` and `unique` (None: not known), as hashes.

    `places` are the entries of `one_per_source` that it belongs to.
    """

    id: int
    name: Name
    marks: tuple[int | None, ...] = ()
    places: frozenset[int] = frozenset()


class Link(NamedTuple):
    """An edge between two members. `rule` is its strongest (negative: a pin), `rules` how many link the two."""

    left: int
    right: int
    rule: int
    rules: int = 1
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Parted:
    """What became of a group: the parts, and those that were too large, each with the rule whose links it lost."""

    parts: tuple[frozenset[int], ...]
    too_large: tuple[tuple[int, frozenset[int]], ...] = ()


def parted(members: Sequence[Member], links: Sequence[Link], apart: Iterable[tuple[int, int]], most: int) -> Parted:
    """Return the parts of a group; `apart` are pairs that a person parted, `most` is the size of the largest part."""
    by_id = {member.id: member for member in members}
    forbidden: dict[int, set[int]] = {}
    for left, right in apart:
        forbidden.setdefault(left, set()).add(right)
        forbidden.setdefault(right, set()).add(left)

    def strength(link: Link) -> tuple[object, ...]:
        ends = sorted((by_id[link.left].name, by_id[link.right].name))
        return (link.rule, -link.rules, -link.score, ends)

    ordered = sorted(links, key=strength)
    parts: list[frozenset[int]] = []
    large: list[tuple[int, frozenset[int]]] = []
    pending = [(frozenset(by_id), ordered)]
    while pending:
        ids, mine = pending.pop()
        for group in _grown(ids, mine, by_id, forbidden):
            inside = [link for link in mine if link.left in group and link.right in group]
            weakest = max((link.rule for link in inside), default=-1)
            if len(group) <= most or weakest < 0:
                parts.append(group)
                continue
            fewer = [link for link in inside if link.rule < weakest]
            large.append((weakest, group))
            pending.append((group, fewer))
    return Parted(tuple(sorted(parts, key=min)), tuple(sorted(large, key=lambda each: min(each[1]))))


def _grown(
    ids: Iterable[int], links: Sequence[Link], by_id: dict[int, Member], forbidden: dict[int, set[int]]
) -> list[frozenset[int]]:
    """Return the groups that the links make, one after the other, as far as nothing keeps two groups apart."""
    groups = {each: _Group.of(by_id[each], forbidden) for each in ids}
    for link in links:
        left, right = groups[link.left], groups[link.right]
        if left is right or left.ids & right.apart or (link.rule >= 0 and left.differs(right)):
            continue
        if len(left.ids) < len(right.ids):
            left, right = right, left
        left.take(right)
        for each in right.ids:
            groups[each] = left
    return [frozenset(group.ids) for group in {id(group): group for group in groups.values()}.values()]


@dataclass(slots=True)
class _Group:
    ids: set[int]
    marks: list[set[int]]
    places: set[int]
    apart: set[int]

    @classmethod
    def of(cls, member: Member, forbidden: dict[int, set[int]]) -> _Group:
        marks = [set() if mark is None else {mark} for mark in member.marks]
        return cls({member.id}, marks, set(member.places), set(forbidden.get(member.id, ())))

    def differs(self, other: _Group) -> bool:
        """Whether values, or sources of one record, keep the groups apart."""
        clash = any(
            mine and theirs and len(mine | theirs) > 1 for mine, theirs in zip(self.marks, other.marks, strict=True)
        )
        return clash or bool(self.places & other.places)

    def take(self, other: _Group) -> None:
        self.ids |= other.ids
        self.marks = [mine | theirs for mine, theirs in zip(self.marks, other.marks, strict=True)]
        self.places |= other.places
        self.apart |= other.apart


def contradiction(pins: Sequence[tuple[N, N]], split: tuple[N, N]) -> list[tuple[N, N]]:
    """Return the pins that hold two records together which a person wants apart; empty where none do."""
    start, goal = split
    came: dict[N, tuple[N, tuple[N, N]] | None] = {start: None}
    queue = [start]
    while queue:
        here = queue.pop(0)
        for pin in pins:
            if here in pin:
                other = pin[1] if pin[0] == here else pin[0]
                if other not in came:
                    came[other] = (here, pin)
                    queue.append(other)
    found: list[tuple[N, N]] = []
    step = came.get(goal)
    while step is not None:
        found.append(step[1])
        step = came[step[0]]
    return found[::-1]
