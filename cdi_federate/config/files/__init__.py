"""The shapes of the catalog's files: which keys each may have, of what kind, and what each means.

The descriptions become the JSON Schema that editors show, so they speak to the steward of a department. One file here
for each kind of file there: `catalog`, `entity`, `source`, `standard`, `policy`; a source's `mapping` and the forms of
its `fields` and an entity's `identity` stand apart.
"""

from cdi_federate.config.files.base import Shape
from cdi_federate.config.files.catalog import AuditShape, CatalogFile, DefaultsShape, LimitsShape
from cdi_federate.config.files.entity import RULES, TIES, EntityFile, SurvivorshipShape
from cdi_federate.config.files.fields import ColumnShape, ConstShape, RefShape
from cdi_federate.config.files.identity import IdentityShape, MatchRuleShape
from cdi_federate.config.files.mapping import ClaimsShape, MappingShape, MappingTestShape
from cdi_federate.config.files.policy import PolicyFile, PolicyRuleShape
from cdi_federate.config.files.source import SourceFile
from cdi_federate.config.files.standard import StandardFile

FILES: dict[str, type[Shape]] = {
    "catalog": CatalogFile,
    "entity": EntityFile,
    "source": SourceFile,
    "standard": StandardFile,
    "policy": PolicyFile,
}
"""Each kind of file and its shape."""

__all__ = [
    "FILES",
    "RULES",
    "TIES",
    "AuditShape",
    "CatalogFile",
    "ClaimsShape",
    "ColumnShape",
    "ConstShape",
    "DefaultsShape",
    "EntityFile",
    "IdentityShape",
    "LimitsShape",
    "MappingShape",
    "MappingTestShape",
    "MatchRuleShape",
    "PolicyFile",
    "PolicyRuleShape",
    "RefShape",
    "Shape",
    "SourceFile",
    "StandardFile",
    "SurvivorshipShape",
]
