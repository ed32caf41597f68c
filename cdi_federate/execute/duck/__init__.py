"""DuckDB as the engine; the only package that imports duckdb.

engine    the port: prepares and starts        session   locked instances           run       one running query
bind      reads users' SQL over empty tables   probe     what sources may ask       spell     residual → text
ahead     instances made early
seal      the last check                       faults    what went wrong, in our words
"""

from cdi_federate.execute.duck.engine import DuckEngine

__all__ = ["DuckEngine"]
