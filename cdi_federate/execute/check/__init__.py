"""Holding a catalog against its sources: what `cdi doctor` and `cdi validate --connect --test` say.

health      doctor: is each source reachable?
validate    the order of the checks, and which of them a mapping is fit for
columns     does the table have the columns that the mapping names?
types       can the engine compute each field, and does it fit the field's type?
quality     do claims hold, are keys keys, do the values fit? (counts, never a value)
examples    does the mapping make of a steward's example row what the catalog says?
question    asks counts of one mapping's rows along the path of any query
"""

from cdi_federate.execute.check.health import doctor
from cdi_federate.execute.check.validate import validate

__all__ = ["doctor", "validate"]
