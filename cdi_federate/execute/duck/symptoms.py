"""The phrases by which DuckDB's readers tell that a source is at fault, and what we say instead.

Only what is captured by a named group is ever repeated: a path, a line, a column's name, a type, a number. The rest of
DuckDB's texts quotes rows and values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cdi_federate.errors import DataError, DriftError, SourceError, UnavailableError
from cdi_federate.execute.duck.symptoms_mysql import MYSQL
from cdi_federate.execute.duck.symptoms_postgres import POSTGRES
from cdi_federate.execute.duck.symptoms_remote import REMOTE

_TYPE = (
    r"(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?(?:8|16|32|64|128)?|DOUBLE|FLOAT|DECIMAL(?:\(\d+, ?\d+\))?|BOOL(?:EAN)?|"
    r"DATE|TIME|TIMESTAMP(?: WITH TIME ZONE|_S|_MS|_NS)?|INTERVAL|UUID|BLOB|BIT|VARCHAR|numerical)"
)
_COMMON = {"INT8": "TINYINT", "INT16": "SMALLINT", "INT32": "INTEGER", "INT64": "BIGINT", "numerical": "a number"}


@dataclass(frozen=True, slots=True)
class Symptom:
    """A phrase (`pattern`, its last occurrence counts), the error's class, and its message with the groups' names.

    `kinds` are the kinds of source that can have it, for messages that name no file; empty: the file is always named.
    `remote` ones come from a URL.
    """

    pattern: re.Pattern[str]
    error: type[SourceError]
    message: str
    help: str = ""
    kinds: tuple[str, ...] = ()
    remote: bool = False


def _is(pattern: str, error: type[SourceError], message: str, help: str = "", kinds: tuple[str, ...] = ()) -> Symptom:
    return Symptom(re.compile(pattern.replace("@TYPE", f"(?P<type>{_TYPE})")), error, message, help, kinds)


FILES = ("parquet", "csv", "json", "excel")
"""The kinds that read files, perhaps behind URLs."""

_ENCODING = "declare the file's encoding: options: {encoding: latin-1}"

SYMPTOMS = (
    *(Symptom(re.compile(pattern), error, said, help, ("mysql",)) for pattern, error, said, help in MYSQL),
    *(Symptom(re.compile(pattern), error, said, help, ("postgres",)) for pattern, error, said, help in POSTGRES),
    # files
    _is(r"No files found that match the pattern", UnavailableError, "no file {path}"),
    _is(r"No such file or directory", UnavailableError, "no file {path}"),
    _is(r"Permission denied", UnavailableError, "{path} may not be read by this user"),
    # delimited text
    _is(
        r"CSV Error on Line: (?P<line>\d+)\n[\s\S]*Expected Number of Columns: (?P<wanted>\d+) Found: (?P<found>\d+)",
        DataError,
        "{path}, line {line}: {found} columns where {wanted} are declared",
    ),
    _is(
        r"CSV Error on Line: (?P<line>\d+)\n[\s\S]*byte sequence mismatch\) detected",
        DataError,
        "{path}, line {line}: the text is not UTF-8",
        _ENCODING,
    ),
    _is(
        r'CSV Error on Line: (?P<line>\d+)\n[\s\S]*Error when converting column "(?P<column>[^"\n]*)"[\s\S]*'
        r"is being converted as type @TYPE",
        DataError,
        "{path}, line {line}: a value of column '{column}' is not {type}",
    ),
    _is(
        r"CSV Error on Line: (?P<line>\d+)\n[\s\S]*unterminated quote",
        DataError,
        "{path}, line {line}: a quote is not closed, or text follows it",
        "if the file does not quote, say so: options: {quote: ''}",
    ),
    _is(
        r"CSV Error on Line: (?P<line>\d+)\n[\s\S]*(?i:maximum line size)",
        DataError,
        "{path}, line {line}: the line is too long",
        "raise it: options: {max_line_size: …}",
    ),
    _is(
        r"CSV Error on Line: (?P<line>\d+)\n",
        DataError,
        "{path}, line {line}: the line cannot be read as declared",
    ),
    _is(r"File is not utf-16 encoded", DataError, "{path}: the text is not UTF-16", _ENCODING, ("csv",)),
    # JSON
    _is(r"Malformed JSON in file[\s\S]*in line (?P<line>\d+): ", DataError, "{path}: not JSON near line {line}"),
    _is(r"Malformed JSON in file[\s\S]*record/value (?P<line>\d+): ", DataError, "{path}: not JSON near record {line}"),
    _is(
        r"JSON transform error in file[\s\S]*in line (?P<line>\d+): Failed to cast value to @TYPE",
        DataError,
        "{path}, line {line}: a value is not {type}",
    ),
    _is(r"JSON transform error in file", DataError, "{path}: a value is not of its declared type"),
    _is(r"Expected top-level JSON array", DataError, "{path}: records do not stand in one array as declared"),
    *(Symptom(re.compile(pattern), error, said, help, FILES, remote=True) for pattern, error, said, help in REMOTE),
    # Parquet
    _is(
        r'schema mismatch in glob: column "(?P<column>[^"\n]*)"',
        DriftError,
        "{path} has no column '{column}', which the other files have",
        "options: {union_by_name: true} reads files of several forms",
    ),
    _is(
        r'failed to cast column "(?P<column>[^"\n]*)" from type @TYPE to (?P<wanted>[A-Z0-9_(), ]+)',
        DriftError,
        "{path}: column '{column}' is {type}, and {wanted} in the other files",
    ),
    _is(
        r"(?i)No magic bytes|too small to be a Parquet file|Footer length error|don't know what type|"
        r"TProtocolException|(?:snappy|zstd|gzip|lz4|brotli)[a-z ]*(?:decompress|failure)|Invalid encoding|"
        r"Out of buffer|page header|Metadata reading failed|corrupted? file|Failed to read Parquet",
        DataError,
        "{path} is not a whole Parquet file: damaged or cut short",
        kinds=("parquet",),
    ),
    # Excel
    _is(r'Sheet "(?P<sheet>[^"\n]*)" not found', DriftError, "{path} has no sheet '{sheet}'", kinds=("excel",)),
    _is(r"No rows found in xlsx", DataError, "{path}: the sheet is empty", kinds=("excel",)),
    _is(
        r"Failed to parse cell '(?P<cell>[A-Z]+\d+)': [\s\S]*@TYPE$",
        DataError,
        "{path}: cell {cell} is not {type}",
        "options: {all_varchar: true} reads every cell as text",
        ("excel",),
    ),
    _is(
        r"(?i)open zip|zip archive|workbook|xlsx file", DataError, "{path} is not a workbook (.xlsx), or it is damaged",
        kinds=("excel",),
    ),
    # databases
    _is(
        r"Could not set lock on file|Unique file handle conflict|database is locked",
        UnavailableError,
        "{path} is locked by another process that writes to it",
        kinds=("sqlite", "duckdb"),
    ),
    _is(
        r"not a database|not a valid DuckDB database|(?i:database file[\s\S]*version)|Serialization Error|checksum",
        DataError,
        "{path} is not a database of this kind, is damaged, or was written by another version",
        kinds=("sqlite", "duckdb"),
    ),
    _is(r"disk image is malformed", DataError, "{path}: the database file is damaged", kinds=("sqlite",)),
    _is(r"unable to open database", UnavailableError, "{path} could not be opened", kinds=("sqlite", "duckdb")),
    _is(
        r"no such (?:table|column)|Failed to prepare", DriftError, "{path}: its tables are no longer what they were",
        kinds=("sqlite",),
    ),
    _is(
        r"contained invalid UTF8|byte sequence mismatch\) detected",
        DataError,
        "{path}: a text is not UTF-8",
        "let the mapping's SELECT leave it out or decode it",
        ("sqlite",),
    ),
)  # fmt: skip
"""In the order in which they are tried."""


def find(message: str) -> tuple[Symptom, dict[str, str]] | None:
    """Return the first symptom that a message shows, with what it captured."""
    for symptom in SYMPTOMS:
        every = list(symptom.pattern.finditer(message))
        if every:
            groups = {key: value or "" for key, value in every[-1].groupdict().items()}
            if "type" in groups:
                groups["type"] = common(groups["type"])
            return symptom, groups
    return None


def type_at_end(message: str) -> str:
    """Return the type that a conversion error wanted, where the message ends with it."""
    found = re.search(rf"(?:to|type) '?({_TYPE}(?:\[\])*)'?(?: when casting from source column [\s\S]*)?$", message)
    return common(found[1]) if found else ""


def common(type_: str) -> str:
    """Return a type by its usual name."""
    return _COMMON.get(type_, type_)
