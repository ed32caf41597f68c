"""The phrases by which a store or a web server shows what is wrong; see `symptoms`. Only codes are repeated."""

from __future__ import annotations

from cdi_federate.errors import LostError, SourceError, UnavailableError

_KEYS = "connection: {key_id: …, secret: …}, or the variables of the environment that its page names"

REMOTE: tuple[tuple[str, type[SourceError], str, str], ...] = (
    (r"\(HTTP 404[^)]*\)\s+NoSuchBucket", UnavailableError, "there is no such bucket: {path}", ""),
    (r"failed with (?:code ')?ContainerNotFound", UnavailableError, "there is no such container: {path}", ""),
    (r"\(HTTP 404|failed with (?:code ')?BlobNotFound", UnavailableError, "no file {path}", ""),
    (
        r"\(HTTP (?P<status>40[13])[^)]*\)\s+(?P<code>InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied|"
        r"ExpiredToken|InvalidToken|RequestTimeTooSkewed|InvalidSecurity|AccountProblem|AllAccessDisabled)",
        UnavailableError,
        "{path} may not be read with these credentials (HTTP {status} {code})",
        _KEYS,
    ),
    (
        r"\(HTTP (?P<status>40[13])",
        UnavailableError,
        "{path} may not be read with these credentials (HTTP {status})",
        _KEYS,
    ),
    (
        r"failed with (?:code ')?(?P<code>Auth[A-Za-z]+|InvalidAuthenticationInfo|NoAuthenticationInformation|"
        r"InsufficientAccountPermissions|PublicAccessNotPermitted|AccountIsDisabled)",
        UnavailableError,
        "{path} may not be read with these credentials ({code})",
        "",
    ),
    (
        r"No valid Azure credentials found|Failed to get token from",
        UnavailableError,
        "no credentials for {path} were found",
        "connection: {connection_string: …} or {account: …, account_key: …}",
    ),
    (
        r"\(HTTP (?P<status>400|301)|HTTP (?P<other>301) response when running glob",
        UnavailableError,
        "the store does not take the request for {path} (HTTP {status}{other})",
        "usually `region` or `endpoint` of the connection is another one",
    ),
    (
        r"Invalid query parameters found",
        UnavailableError,
        "among {path} is an object with '?' in its name, which cannot be read",
        "rename it, or name the files so that it is not among them",
    ),
    (
        r"The size reported by HEAD",
        UnavailableError,
        "the server of {path} sends another number of bytes than it says",
        "it makes or packs the file anew for each request; only a file that stands still can be read",
    ),
    (r"ETag on reading file", LostError, "{path} was replaced while it was read", "ask again"),
    (
        r"Timeout was reached|(?i:operation timed out)",
        UnavailableError,
        "no answer in time for {path}",
        "a slow one gets more by connection: {timeout: seconds}",
    ),
    (
        r"Could not connect to server|Fail to get a new connection",
        UnavailableError,
        "the server of {path} cannot be reached",
        "",
    ),
    (r"Could not resolve host", UnavailableError, "the name of the server of {path} is not known", ""),
    (
        r"SSL connect error|SSL peer certificate|SSL CA cert|SSL certificate|SSL: ",
        UnavailableError,
        "no secure connection to the server of {path} could be made (TLS)",
        "a store without TLS needs connection: {use_ssl: false}",
    ),
    (
        r"HTTP (?P<status>5\d\d|429|408) for HTTP",
        UnavailableError,
        "the server of {path} is overloaded or broken (HTTP {status})",
        "",
    ),
    (r"\(HTTP 0 ", UnavailableError, "{path} may not be read, or its server breaks off", ""),
    (r"\(HTTP (?P<status>\d{3})", UnavailableError, "{path} cannot be read (HTTP {status})", ""),
    (
        r"Server returned nothing|Failure when receiving data|Transferred a partial file",
        LostError,
        "the connection broke while {path} was read",
        "",
    ),
    (r"Azure\w*FileSystem (?:could not open|open file|Read|read)", UnavailableError, "{path} cannot be read", ""),
    (r"\n\nAt:\n  ", UnavailableError, "{path} cannot be read", ""),
)
"""Pattern, error, message and help, in the order in which they are tried."""
