"""By which connections a query's fragments go to their servers: side by side, and never more than it has places.

DuckDB's reader of Postgres has one connection for an attachment and a transaction. Two fragments on it are fetched one
after the other, each whole, into memory that no limit counts. So each goes by an attachment of its own, and the first
hands its snapshot to the others (decision 020); those that no statement reads together share one, and its snapshot. The
reader of MySQL streams each by a connection of its own; one that its pool does not give would be waited for in vain,
for the query itself holds those that there are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import duckdb

from cdi_federate.errors import InvariantError
from cdi_federate.execute.duck import faults
from cdi_federate.execute.duck.literal import text
from cdi_federate.execute.duck.spell import QUERY_FUNCTIONS, remote
from cdi_federate.stages.ports import Attachment
from cdi_federate.stages.relations import FragmentRef
from cdi_federate.stages.steps import FederatedPlan, Fragment, Keep, Residual

_SERVERS = frozenset({"postgres", "mysql"})
"""Dialects of servers, whose statements carry the query's tag: by it they are found and stopped there."""


class Ways:
    """The ways of one running query; `tag` is its number. Raises `InvariantError` for what cannot be sent.

    `places` are the connections that it takes at each source; `more` what must be attached beside the sources' own.
    """

    def __init__(self, plan: FederatedPlan, attachments: Mapping[str, Attachment], tag: str) -> None:
        self._attachments, self._tag = attachments, tag
        self.places = dict.fromkeys(attachments, 1)
        self.more: tuple[Attachment, ...] = ()
        self._aliases: dict[str, tuple[str, ...]] = {}
        """Source → the attachments that its fragments go by: one for each place of a Postgres, else the only one."""
        self._number = _numbers(plan, attachments)
        """Fragment → the number of its connection among those of its source, from 0 on."""
        self._one_by_one: set[str] = set()
        of: dict[str, list[Fragment]] = {}
        for fragment in plan.fragments:
            self.sent(fragment)  # refuses what cannot be sent before anything is held
            of.setdefault(fragment.source, []).append(fragment)
        for name, fragments in of.items():
            count = max(self._number[each.name] for each in fragments) + 1
            self.places[name] = min(count, attachments[name].at_once or count)
            if attachments[name].type == "postgres" and len(fragments) > 1:
                others = tuple(_another(attachments[name], n) for n in range(2, self.places[name] + 1))
                self._aliases[name] = (attachments[name].alias, *(each.alias for each in others))
                self.more += others
            if attachments[name].type == "mysql" and count > self.places[name]:
                self._one_by_one.add(name)

    def begin(self, connection: duckdb.DuckDBPyConnection, without: Collection[str] = ()) -> None:
        """Begin a transaction in which the fragments of each Postgres see one moment; it ends with the connection.

        A server that gives no snapshot away is read by one connection: one fragment after the other. Sources `without`
        a fragment to send are not asked for one.
        """
        self._aliases = {source: aliases for source, aliases in self._aliases.items() if source not in without}
        while self._aliases:
            connection.begin()
            refusing = next((name for name in self._aliases if not self._shared(connection, name)), "")
            if not refusing:
                return
            connection.rollback()
            self._aliases[refusing] = self._aliases[refusing][:1]

    def _shared(self, connection: duckdb.DuckDBPyConnection, source: str) -> bool:
        """Let the attachments of a source see what its first one sees; False where its server does not lend it."""
        first, *others = self._aliases[source]
        if not others:
            return True
        exported = remote("postgres_query", first, self._tagged("SELECT pg_export_snapshot() AS moment"))
        try:
            found = connection.execute(f"FROM {exported}").fetchone()
        except duckdb.Error as error:
            if faults.is_refusal(error):
                return False
            raise
        moment = str(found[0]) if found else ""
        if not re.fullmatch(r"[0-9A-Fa-f-]+", moment):
            return False
        for other in others:
            imported = self._tagged(f"SET TRANSACTION SNAPSHOT '{moment}'")
            connection.execute(f"CALL postgres_execute({text(other)}, {text(imported)})")
        return True

    def sent(self, fragment: Fragment) -> str:
        """Return what stands in FROM for a fragment with its final text."""
        function = QUERY_FUNCTIONS.get(fragment.dialect)
        if function is None or fragment.source not in self._attachments:
            raise InvariantError(f"the fragment '{fragment.name}' goes to a source that cannot be sent one")
        number = self._number[fragment.name]
        aliases = self._aliases.get(fragment.source, (self._attachments[fragment.source].alias,))
        options: dict[str, Any] = {}
        if fragment.source in self._one_by_one and number + 1 >= self.places[fragment.source]:
            options["stream_results"] = False  # these share the connection of the transaction
        return remote(function, aliases[number % len(aliases)], self.text(fragment), **options)

    def text(self, fragment: Fragment) -> str:
        """Return a fragment's text as its source gets it."""
        return self._tagged(fragment.text) if fragment.dialect in _SERVERS else fragment.text

    def _tagged(self, sql: str) -> str:
        return f"/* cdi:{self._tag} */ {sql}"


def _numbers(plan: FederatedPlan, attachments: Mapping[str, Attachment]) -> dict[str, int]:
    """Number the fragments of each source; two of a Postgres have one number only if no statement reads both."""
    statements = [
        step.rows if isinstance(step, Keep) else step for step in plan.steps if isinstance(step, Keep | Residual)
    ]
    read = [{leaf.fragment for leaf in each.leaves.values() if isinstance(leaf, FragmentRef)} for each in statements]
    found: dict[str, int] = {}
    of = {fragment.name: fragment.source for fragment in plan.fragments}
    for name, source in of.items():
        shares = source in attachments and attachments[source].type == "postgres"
        beside = {other for names in read if name in names for other in names} if shares else {*of}
        taken = {found[other] for other in beside if other in found and of[other] == source}
        found[name] = next(number for number in range(len(of)) if number not in taken)
    return found


def _another(attachment: Attachment, number: int) -> Attachment:
    """Return an attachment of the same server for the fragment of a number, from 2 on.

    A query that needs it holds as many places, so there are never more at once than the pool divided by it.
    """
    pool = max(1, attachment.at_once // number)
    settings = {**attachment.settings, "pg_pool_max_connections": pool}
    return replace(attachment, alias=f"{attachment.alias}:{number}", settings=settings)
