"""The checks of one mapping against its entity, the other mappings, the code lists and its kind of source."""

from __future__ import annotations

from cdi_federate.catalog.check_claims import check_claims
from cdi_federate.catalog.check_fields import FieldChecks
from cdi_federate.catalog.check_options import check_options
from cdi_federate.catalog.check_raw import RawColumns
from cdi_federate.catalog.draft import Draft, DraftMapping, is_select
from cdi_federate.catalog.kinds import KindSpec
from cdi_federate.errors import Problems, nearest


def check_mapping(draft: Draft, mapping: DraftMapping, problems: Problems, kind: KindSpec | None) -> None:
    """Note everything that is wrong with a mapping; `kind` is None where its source is of none that is known."""
    shape, place, add = mapping.shape, mapping.place, problems.add
    raw = RawColumns(mapping, problems)
    fields = FieldChecks(draft, mapping, raw, problems)
    if not shape.fields:
        add(place("fields", key=True), "this mapping provides no field")
    if kind is not None and kind.files and is_select(shape.from_):
        add(place("from"), f"a source of kind {kind.name} has files and no tables; name a file or a glob")
    if fields.entity is not None and fields.entity.grain == "merged" and shape.key is None:
        add(place(key=True), f"a mapping of '{mapping.entity}' needs a key, for its rows are merged",
            help="name the raw column that tells records apart: `key: …`")  # fmt: skip
    check_options(mapping, kind, problems)
    fields.run()
    if shape.where:
        raw.sql(shape.where, ("where",))
    if shape.key:
        short = not isinstance(mapping.part.document.at((*mapping.way, "key")), dict)
        raw.columns(shape.key.column, ("key",) if short else ("key", "column"))
    if shape.updated:
        raw.columns([shape.updated], ("updated",))
    check_claims(mapping, raw, problems)
    _check_tests(mapping, raw, fields.meant, problems)


def _check_tests(mapping: DraftMapping, raw: RawColumns, meant: set[str], problems: Problems) -> None:
    """Check that tests speak of the columns and fields there are; not of those `meant` by a misspelt one."""
    seen: set[str] = set()
    mapped = {name.lower(): name for name in mapping.shape.fields}
    for index, test in enumerate(mapping.shape.tests):
        if test.name in seen:
            problems.add(mapping.place("tests", index, "name"), f"there is another test '{test.name}'")
        seen.add(test.name)
        if test.expect is None and not mapping.shape.where:
            where = mapping.place("tests", index, "expect", key=True)
            problems.add(
                where,
                "this mapping has no `where`, so it leaves no row out",
                help="say what the row becomes, or give the mapping a `where`",
            )
        for name in test.expect or ():
            if name.lower() not in mapped and name.lower() not in meant:
                where = mapping.place("tests", index, "expect", name, key=True)
                guesses = nearest(name, mapped.values(), limit=1)
                problems.add(where, f"this mapping provides no field '{name}'", candidates=guesses)
        for name in test.given:
            if raw.lacks(name):
                where = mapping.place("tests", index, "given", name, key=True)
                problems.add(where, raw.no_column(name), candidates=raw.near(name))
