"""Fits a document to the shape of its file and says everything that does not fit, each thing once."""

from __future__ import annotations

from typing import TypeVar

from cdi_federate.config.complain import Complaints, called
from cdi_federate.config.files import Shape
from cdi_federate.config.located import Document
from cdi_federate.errors import Problems

S = TypeVar("S", bound=Shape)


def fitted(document: Document, shape: type[S], problems: Problems) -> S | None:
    """Return the file as its shape; None where it cannot be, all reasons noted."""
    if not isinstance(document.data, dict):
        keys = ", ".join(list(shape.entries)[:3])
        problems.add(document.place(()), f"keys and values are wanted here ({keys}, …), not {called(document.data)}")
        return None
    complaints = Complaints(document, problems)
    found = shape.fit(document.data, (), complaints)
    return None if complaints.spoilt else found
