"""`${…}` in values, `.env`, and secrets that are shown nowhere."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from cdi_federate.config.dotenv import read_env
from cdi_federate.config.located import Document, read
from cdi_federate.config.secret import Secret, names_a_secret, reveal
from cdi_federate.config.values import Values, resolve
from cdi_federate.errors import Problems

VARIABLES = {"NAME": "Ada", "EMPTY": "", "DOLLAR": "$NAME", "YAML": "a: [1]\nb: 2"}


def resolved(text: str, base: Path = Path(), **options: Any) -> tuple[Document, list[str]]:
    problems = Problems()
    document = read(text.encode(), "x.yaml", problems)
    assert document is not None
    resolve(document, Values(VARIABLES, base), problems, **options)
    return document, [str(problem) for problem in problems.found]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${NAME}", "Ada"),
        ("Dr. ${NAME}!", "Dr. Ada!"),
        ("${env:NAME}", "Ada"),
        ("${NAME:-x}", "Ada"),
        ("${NONE:-x}", "x"),
        ("${NONE-x y}", "x y"),
        ("${EMPTY:-x}", "x"),
        ("${EMPTY-x}", ""),
        ("${EMPTY}", ""),
        ("${NONE:-}", ""),
        ("${NONE:-${NAME}}", "Ada"),
        ("${NONE:-a${NONE:-b}c}", "abc"),
        ("${NAME:?no}", "Ada"),
        ("${EMPTY?no}", ""),
        ("$$", "$"),
        ("$${NAME}", "${NAME}"),
        ("^a$", "^a$"),
        ("$1 $NAME", "$1 $NAME"),
        ("${DOLLAR}", "$NAME"),
        ("${YAML}", "a: [1]\nb: 2"),
    ],
)
def test_a_value_is_put_in(text: str, value: str) -> None:
    document, found = resolved(f"key: '{text}'")
    assert (document.data["key"], found) == (value, [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a ${NAMES}", "x.yaml:1:9: key: the variable NAMES is not set, did you mean 'NAME'?"),
        ("${NONE:?set it to x}", "x.yaml:1:7: key: the variable NONE is not set"),
        ("${EMPTY:?}", "x.yaml:1:7: key: the variable EMPTY is empty"),
        ("${NONE?}", "x.yaml:1:7: key: the variable NONE is not set"),
        ("${NAME", "x.yaml:1:7: key: '${' is not closed by '}'"),
        ("${}", "x.yaml:1:7: key: '${}' names no variable"),
        ("${fle:/x}", "x.yaml:1:7: key: 'fle:' is not known in ${…}, did you mean 'file'?"),
        ("${NAME+x}", "x.yaml:1:7: key: '+' is not expected after 'NAME' in ${…}"),
        (
            "${file:/no/such/file}",
            "x.yaml:1:7: key: the file '/no/such/file' cannot be read: No such file or directory",
        ),
    ],
)
def test_a_value_that_is_not_there_is_told_with_its_place(text: str, message: str) -> None:
    _, found = resolved(f'key: "{text}"')
    assert len(found) == 1
    assert found[0].splitlines()[0] == message


def test_the_message_of_a_reference_is_shown() -> None:
    _, found = resolved("key: ${NONE:?set NONE to the file of the CRM}")
    assert found[0].endswith("set NONE to the file of the CRM")


def test_a_file_is_read_without_its_last_line_break(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    document, found = resolved("a: ${file:secret}\nb: ${file:" + str(tmp_path / "secret") + "}", tmp_path)
    assert (document.data, found) == ({"a": "hunter2", "b": "hunter2"}, [])


def test_keys_are_never_resolved() -> None:
    assert resolved("${NAME}: 1")[0].data == {"${NAME}": 1}


def test_what_a_connection_gets_from_outside_is_secret() -> None:
    document, found = resolved(
        "kind: ${NAME}\n"
        "connection: {path: '${NAME}/x', host: plain, password: '${NAME}', options: {api_key: '${NAME}'}}",
        secret=(("connection",),),
    )
    connection = document.data["connection"]
    assert document.data["kind"] == "Ada"
    assert connection["host"] == "plain"
    assert str(connection) == "{'path': ***, 'host': 'plain', 'password': ***, 'options': {'api_key': ***}}"
    assert reveal(connection["path"]) == "Ada/x"
    assert found == []


def test_a_secret_in_the_file_is_secret_too_and_warned_of_without_showing_it() -> None:
    document, found = resolved("connection: {password: hunter2}", secret=(("connection",),))
    assert document.data["connection"]["password"].reveal() == "hunter2"
    assert found[0].startswith("x.yaml:1:24: warning: connection.password: a secret is written in this file")
    assert "hunter2" not in found[0]


def test_a_secret_is_shown_nowhere() -> None:
    secret = Secret("hunter2")
    for shown in (str(secret), repr(secret), f"{secret}", f"{secret!r:>9}", f"{[secret]}", f"{ {1: secret} }"):
        assert "hunter2" not in shown
        assert "***" in shown
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert not hasattr(secret, "__dict__")


@pytest.mark.parametrize(
    "key", ["password", "DB_PASSWORD", "pwd", "token", "client_secret", "dsn", "api_key", "accessKey"]
)
def test_a_key_names_a_secret(key: str) -> None:
    assert names_a_secret(key)


@pytest.mark.parametrize("key", ["path", "host", "user", "database", "schema", "passenger"])
def test_a_key_names_no_secret(key: str) -> None:
    assert not names_a_secret(key)


@pytest.mark.parametrize(
    "text",
    [
        "connection:\n  password: hunter2\n  pasword: hunter2",
        "connection: {path: x, pasword: hunter2, foo: [hunter2]}\nfoo: 1\nfoo: 2",
        "connection:\n  path: x\n  path: y\n  pw: |\n    hunter2\n    hunter2",
        "connection: {password: hunter2, password: hunter2}",
        "connection:\n  dsn: postgres://me:hunter2@host/db: x",
        "connection: {dsn: 'postgres://me:hunter2@host/${NOT_SET}'}",
        "connection: {path: 'https://me:hunter2@host/x', x: 1, x: 2}",
        "connection: {password: '${NOT_SET:-hunter2}${NOT_SET}'}",
        "targets: {dev: {crm: {pass: hunter2, pass: hunter2}}}",
        "password: hunter2\n  bad: indentation",
    ],
)
def test_no_message_shows_a_secret_of_the_file(text: str) -> None:
    problems = Problems()
    document = read(text.encode(), "x.yaml", problems)
    if document is not None:
        resolve(document, Values(VARIABLES, Path()), problems, secret=(("connection",),))
        places = [document.place(path) for path in document.values] + [
            document.place(p, key=True) for p in document.keys
        ]
        assert "hunter2" not in repr(places)
    assert "hunter2" not in repr(problems.found) + "".join(map(str, problems.found))


def test_a_reference_is_shown_as_it_is() -> None:
    _, found = resolved("connection: {password: '${NOT_SET}'}", secret=(("connection",),))
    assert "password: '${NOT_SET}'}" in found[0]


def test_an_env_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(
        "# comment\n\nA=1\nexport B = two words  # comment\nC='$x # y'\nD=\"a\\nb\" # c\nE=\nF=a#b\nA=2\nnot a line\n"
    )
    problems = Problems()
    assert read_env(path, ".env", problems) == {
        "A": "2", "B": "two words", "C": "$x # y", "D": "a\nb", "E": "", "F": "a#b",
    }  # fmt: skip
    assert [str(problem) for problem in problems.found] == [".env:10:1: a line NAME=value is wanted"]


def test_no_env_file_is_no_mistake(tmp_path: Path) -> None:
    problems = Problems()
    assert read_env(tmp_path / ".env", ".env", problems) == {}
    assert not problems.found
