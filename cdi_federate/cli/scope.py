"""The options that hold for every verb: which catalog, which target, as whom and for what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdi_federate.errors import UsageError

if TYPE_CHECKING:
    from cdi_federate.catalog.model import Catalog
    from cdi_federate.explain.lineage import Origin
    from cdi_federate.federation import Federation
    from cdi_federate.federation.who import Right
    from cdi_federate.stages.subject import Subject

FILE = "catalog.yaml"


@dataclass(frozen=True, slots=True)
class Scope:
    """What `cdi [OPTIONS] VERB` was given before (or after) the verb."""

    catalog: Path | None = None
    target: str | None = None
    role: str | None = None
    purpose: str | None = None
    memory_limit: str | None = None
    sandbox: bool = False

    def folder(self) -> Path:
        """Return the catalog's folder: the one named, else ./catalog, else this folder; each must hold catalog.yaml."""
        if self.catalog is not None:
            named = self.catalog.expanduser()
            folder = named.parent if named.name == FILE else named
            if not (folder / FILE).is_file():
                raise UsageError(
                    f"no catalog in '{folder}': it has no {FILE}",
                    help=f"`cdi init {folder}` writes one to start from.",
                )
            return folder
        for folder in (Path("catalog"), Path()):
            if (folder / FILE).is_file():
                return folder
        raise UsageError(
            "no catalog here: neither ./catalog nor this folder has a catalog.yaml",
            help="Name its folder with -C/--catalog or $CDI_CATALOG, or write one to start from with `cdi init`.",
        )

    def load(self, *, resolved: bool = False) -> Catalog:
        """Read and check the catalog; raises `CatalogError` with every mistake. No source is touched.

        Only with `resolved` are `${…}` looked up: who only reads what is there needs no secrets.
        """
        from cdi_federate.catalog.load import load

        return load(self.folder(), target=self.target or "", resolved=resolved)

    def seen(self) -> Catalog:
        """Read the catalog as who asks may see it: without policies as it is, and no source is touched."""
        catalog = self.load()
        if not catalog.policies:
            return catalog
        with self.connect() as federation:
            return federation.catalog

    def lineage(self, field: str) -> tuple[Origin, ...]:
        """Return what feeds a field, as far as who asks may see it."""
        from cdi_federate.explain.lineage import lineage

        catalog = self.load()
        if not catalog.policies:
            return lineage(catalog, field)
        with self.connect() as federation:
            return federation.lineage(field)

    def audited(self) -> Catalog:
        """Read the catalog with the place of its audit log as it is, `${…}` in it looked up."""
        catalog = self.load()
        place = catalog.audit
        return self.load(resolved=True) if place is not None and "${" in f"{place.path}{place.anchor}" else catalog

    def entitled(self, right: Right, what: str) -> tuple[Catalog, Subject]:
        """Return the catalog, and who asks; raises `RefusedError` where that one's role has not a right."""
        from cdi_federate.audit import Trail
        from cdi_federate.federation.who import require, subject_of
        from cdi_federate.policy.model import Policy

        catalog = self.audited()
        policy, trail = Policy.of(catalog), Trail.of(catalog)
        subject = subject_of(policy, trail, self.role or "", self.purpose or "")
        require(policy, trail, subject, right, what)
        return catalog, subject

    def checking(self) -> Federation:
        """Return a federation that checks the catalog and answers nobody where it has policies."""
        from cdi_federate.catalog.load import load
        from cdi_federate.federation import Federation
        from cdi_federate.stages.subject import Subject

        return Federation(load(self.folder(), target=self.target or ""), subject=Subject())

    def unwalled(self) -> Scope:
        """Return the scope of a verb that asks sources for the catalog's sake; that it is without a sandbox is told."""
        from cdi_federate.cli.failures import say

        if self.sandbox:
            say("warning: --sandbox is for questions (query, explain, shell, customer); this is done without it")
        return replace(self, sandbox=False)

    def connect(self) -> Federation:
        """Return a federation over the catalog, as the role and for the purpose named."""
        import gc
        import warnings

        from cdi_federate.cli.failures import say
        from cdi_federate.federation import connect

        options: dict[str, Any] = {"as_": self.role, "purpose": self.purpose, "target": self.target}
        options |= {"memory_limit": self.memory_limit, "sandbox": self.sandbox}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", RuntimeWarning)
            federation = connect(self.folder(), **options)
        for warning in caught:
            say(f"warning: {warning.message}")
        gc.freeze()  # else the first collection walks all that was loaded
        gc.enable()
        return federation
