"""The crosswalk store: the side that queries read.

crosswalk  the generation that is in force, and where its files are     ids   the id of a record that nobody linked yet
layout     names of folders, files and columns                         keys  how a record's key is stored
reading    what a query is told of it
"""

from cdi_federate.hub.crosswalk import Crosswalk
from cdi_federate.hub.reading import ids_of

__all__ = ["Crosswalk", "ids_of"]
