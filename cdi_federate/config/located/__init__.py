"""YAML whose every key and value knows its line and column, read with the core types of YAML 1.2.

PyYAML reads YAML 1.1, where `NO` is false, `12:30:45` is 45045 and `0123` is 83; a code list must not be changed so.
Here only `true`, `false`, `null` and plain numbers are not text. A number with leading zeros is text too (YAML 1.2
would make it a number), for it is a code. Keys are text, as written. Merge keys (`<<`) and tags are refused.

read          the bytes of a file to a document
core          the types, and the plain words that are of them
build         nodes to plain data and places
document      the data, and where each part of it stands
"""

from cdi_federate.config.located.document import Document, Path
from cdi_federate.config.located.read import read

__all__ = ["Document", "Path", "read"]
