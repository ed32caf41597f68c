"""What the branches of some scans need: the leaves that are read in place, and the fragments that sources answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from cdi_federate import tree
from cdi_federate.query.fences import Fence
from cdi_federate.stages.ids import Ids
from cdi_federate.stages.merging import Merge
from cdi_federate.stages.plan import Branch, Plan
from cdi_federate.stages.relations import FileScan, FragmentRef, KeptRows, Leaf
from cdi_federate.stages.steps import Fetch, Fragment, Hole, told_of
from cdi_federate.tree import Tree


@dataclass(frozen=True, slots=True)
class Read:
    """One branch's reading of a file: the columns, the rows that it may want (None: all), about how many it has."""

    columns: tuple[str, ...]
    wanted: Tree | None
    rows: int


@dataclass(slots=True)
class Parts:
    """What the branches of some scans need: leaves, and fragments by what they say. `taken` are names of fragments.

    `fence` says which integers that are read in place are fenced, `ids` how the records of merged entities get theirs,
    `crowd` how many branches the plan has at a source. `wanted` are the merged scans of which some customers only are
    needed. `gathered`: all rows are read before any is shown, so that they may be read anew. `reads` are how branches
    read each leaf that is a file to be parsed.
    """

    taken: list[str]
    fence: Fence
    ids: Mapping[str, Ids]
    leaves: dict[str, Leaf] = field(default_factory=dict)
    fragments: dict[tuple[object, ...], Fragment] = field(default_factory=dict)
    uses: dict[str, int] = field(default_factory=dict)
    crowd: Mapping[str, int] = field(default_factory=dict)
    wanted: Mapping[str, Merge] = field(default_factory=dict)
    gathered: bool = False
    reads: dict[str, list[Read]] = field(default_factory=dict)

    def leaf(self, leaf: Leaf) -> str:
        """Return the name of a leaf, a new one if it was not there."""
        for name, known in self.leaves.items():
            if known is leaf or (isinstance(leaf, KeptRows | FileScan) and known == leaf):
                return name
        name = f"cdi_leaf_{len(self.leaves) + 1}"
        self.leaves[name] = leaf
        return name

    def fetches(self) -> list[Fetch]:
        """Return the steps that fetch the fragments."""
        return [Fetch(each, tuple(hole.keys for hole in each.holes)) for each in self.fragments.values()]

    def fetched(self) -> list[tuple[str, Tree, bool | None]]:
        """Return a CTE for each fragment, where there are several or one is read twice; else it stands in place."""
        if len(self.fragments) < 2 and all(count < 2 for count in self.uses.values()):
            return []
        ctes: list[tuple[str, Tree, bool | None]] = []
        for name in self.uses:
            self.leaves[f"{name}_rows"] = self.leaves.pop(name)
            ctes.append((name, tree.select([tree.star()], tree.table(f"{name}_rows")), True))
        return ctes

    def fragment(
        self,
        branch: Branch,
        query: Tree,
        text: str,
        wire: tuple[tuple[str, str], ...],
        held: Tree | None,
        holes: tuple[Hole, ...],
        *,
        stretch: bool = False,
        table: tuple[str, ...] = (),
    ) -> str:
        """Return the name of a fragment, a new one if no other of the source says the same."""
        source, mapping = branch.mapping.source, branch.mapping.qualified
        key = (source, text, *((hole.keys, hole.field, mapping) for hole in holes))
        known = self.fragments.get(key)
        if known is None:
            name = f"cdi_{source}_{len(self.taken) + 1}"
            self.taken.append(name)
            look = "" if held is None else tree.text(held, branch.dialect)
            own = (mapping,) if branch.together is None else ()
            further = tuple(dict.fromkeys(_looked_up(branch)))
            known = Fragment(name, source, branch.dialect, query, wire, own, holes, text, look, further, stretch, table)
            self.leaves[name] = FragmentRef(name)
        elif branch.together is None and mapping not in known.mappings:
            known = replace(known, wire=wire, mappings=(*known.mappings, mapping))
        known = replace(known, told=known.told | {told_of(branch)})
        self.fragments[key] = known
        self.uses[known.name] = self.uses.get(known.name, 0) + 1
        return known.name


def crowd_of(plan: Plan) -> Mapping[str, int]:
    """Return how many branches a plan has at each source."""
    return Counter(branch.mapping.source for scan in plan.scans for branch in scan.branches)


def _looked_up(branch: Branch) -> Iterator[str]:
    """Yield the mappings whose tables a branch looks up, or whose join its rows are."""
    for side in branch.together.tables if branch.together is not None else ():
        yield side.branch.mapping.qualified
        yield from _looked_up(side.branch)
    for partners in branch.partners:
        for side, _ in partners.sides:
            yield side.branch.mapping.qualified
            yield from _looked_up(side.branch)
    for joined in branch.joined:
        for look in joined.lookups:
            yield look.branch.mapping.qualified
            yield from _looked_up(look.branch)
