"""Other dialects of input: said again in DuckDB's words with the writer's meaning, or refused.

read          a statement of another dialect to DuckDB text, node by node
kinds         what sort of value a node gives, by which its meaning is chosen
meanings      which function says which node
arithmetic, texts, moments, conversions, conditions, clauses
              those functions, by what they are about
refusal       the error for what DuckDB cannot say
"""

from cdi_federate.query.foreign.read import DIALECTS, transpiled

__all__ = ["DIALECTS", "transpiled"]
