"""A federation answers SQL over the virtual schema from its sources in place; `path.py` is THE query path."""

from cdi_federate.federation.api import Federation
from cdi_federate.federation.opening import connect
from cdi_federate.federation.prepared import Prepared

__all__ = ["Federation", "Prepared", "connect"]
