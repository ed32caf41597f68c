"""Building the crosswalk: which records of an entity are one customer.

terms      what rules compare, as keyed hashes                reading   the records, as they stream from their sources
scope      the records that a build must look at              pairs     rules as equi-joins; what forbids a link
models     rules with a Splink model
groups     links → customers; groups that are none            naming    which id each customer has
writing    generations as files                               store     the folder: lock, decisions, the last rename
report     what was done, in figures                          decide    pins and splits
look       what the crosswalk says of records                 why_not   what keeps two records apart
evaluate   how good it is, against known pairs                truth     a file of them
build      all of it, in order
"""

from cdi_federate.identity.build import build
from cdi_federate.identity.report import Built
from cdi_federate.identity.store import Store

__all__ = ["Built", "Store", "build"]
