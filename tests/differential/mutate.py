"""Takes one condition out of the product's own code, while it runs, and puts it back.

A mutant is text: in which file, which lines, what instead of them. The file is compiled anew with the change, and every
function takes its new code; what other modules hold of it is the same function as before. A list of names that the
change makes another one is put in the place of the old one, wherever it is held.
"""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import _lru_cache_wrapper
from pathlib import Path

from tests.differential.cases import question
from tests.differential.suite import Question

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Mutant:
    """`old` in a file becomes `new`; `why` says what the condition is for.

    `asked` are the lines behind `?`, of which one is answered wrongly then, and `tests` those behind `!`, which fail.
    """

    path: str
    old: str
    new: str
    why: str
    asked: tuple[str, ...]
    tests: tuple[str, ...] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        """What is asked, for the suite; ` @@ ` ends a line."""
        return tuple(question(text.replace(" @@ ", "\n")) for text in self.asked)

    @property
    def module(self) -> str:
        """The name of the module in which it lies."""
        return "cdi_federate." + self.path.removesuffix(".py").replace("/", ".")


def read(name: str | Path = "mutants.txt") -> list[Mutant]:
    """Return the mutants of a file: `in file`, `- old` lines, `+ new` lines, `why …`, `? question`, `! test` lines."""
    made = []
    for block in (HERE / name).read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith("#")]
        if not lines:
            continue
        part = {sign: [line[2:] for line in lines if line.startswith(sign)] for sign in ("- ", "+ ", "? ", "! ")}
        (path,) = (line[3:] for line in lines if line.startswith("in "))
        (why,) = (line[4:] for line in lines if line.startswith("why "))
        asked, tests = tuple(part["? "]), tuple(part["! "])
        made.append(Mutant(path, "\n".join(part["- "]), "\n".join(part["+ "]), why, asked, tests))
    return made


@contextmanager
def without(mutant: Mutant) -> Iterator[None]:
    """Run with a mutant's change."""
    module = importlib.import_module(mutant.module)
    path = Path(str(module.__file__))
    source = path.read_text(encoding="utf-8")
    assert source.count(mutant.old) == 1, f"{mutant.path} has the old lines {source.count(mutant.old)} times"
    changed: dict[str, object] = {"__name__": module.__name__, "__file__": str(path)}
    exec(compile(source.replace(mutant.old, mutant.new), str(path), "exec"), changed)
    new, kept = _functions(changed, module.__name__), {}
    functions = _functions(vars(module), module.__name__)
    for name, function in functions.items():
        kept[name] = function.__code__
        function.__code__ = new[name].__code__
    lists = [(old, changed[name]) for name, old in vars(module).items() if _is_other_list(old, changed.get(name))]
    _exchange(lists)
    _forget()
    try:
        yield
    finally:
        _exchange([(other, old) for old, other in lists])
        for name, function in functions.items():
            function.__code__ = kept[name]
        _forget()


def _functions(names: dict[str, object], module: str) -> dict[str, types.FunctionType]:
    found: dict[str, types.FunctionType] = {}
    for name, value in names.items():
        if isinstance(value, type) and value.__module__ == module:
            own = {k: getattr(v, "fget", None) or getattr(v, "__func__", v) for k, v in vars(value).items()}
            found.update({f"{name}.{k}": v for k, v in own.items() if isinstance(v, types.FunctionType)})
        plain = value.__wrapped__ if isinstance(value, _lru_cache_wrapper) else value
        if isinstance(plain, types.FunctionType) and plain.__module__ == module:
            found[name] = plain
    return found


def _is_other_list(old: object, new: object) -> bool:
    return isinstance(old, frozenset | str) and type(new) is type(old) and new != old


def _exchange(lists: list[tuple[object, object]]) -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("cdi_federate"):
            for key, value in list(vars(module).items()):
                new = next((new for old, new in lists if old is value), None)
                if new is not None:
                    setattr(module, key, new)


def _forget() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("cdi_federate"):
            for value in vars(module).values():
                if isinstance(value, _lru_cache_wrapper):
                    value.cache_clear()
