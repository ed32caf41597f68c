"""One group that breaks a guard on groups is parted in one way only, in whatever order its records and links came."""

from __future__ import annotations

from itertools import permutations

from cdi_federate.identity.partition import Link, Member, parted


def test_a_pin_over_a_conflict_does_not_depend_on_the_order_of_records() -> None:
    """A pin holds two together whose known values differ; a third, with the value of either, is linked by a rule."""
    names, marks = ("desk", "shop 4", "shop 6"), (7, 7, 9)
    for ids in permutations(range(3)):
        members = [Member(each, (0, name), (mark,)) for each, name, mark in zip(ids, names, marks, strict=True)]
        links = [Link(ids[0], ids[1], rule=2), Link(ids[1], ids[2], rule=-1)]
        for given in (links, [Link(link.right, link.left, link.rule) for link in links]):
            parts = parted(members, given, [], most=8).parts
            assert {frozenset(ids.index(each) for each in part) for part in parts} == {
                frozenset({0}),
                frozenset({1, 2}),
            }
