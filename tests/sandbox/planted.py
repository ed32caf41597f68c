"""Code of an attacker inside the sandbox's process: what would be left to him if every other wall had fallen.

`plant` puts a `sitecustomize.py` on the process's path. It waits until the process is walled in, and then has each
statement that begins with `ESCAPE ` run as Python, whose value or error is told as an error.
"""

from __future__ import annotations

from pathlib import Path

import pytest

_CODE = """
import builtins, importlib.abc, importlib.machinery, sys

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != "cdi_federate.federation.sandbox.serve":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        execute = spec.loader.exec_module
        def exec_module(module):
            execute(module)
            answer = module.Server.answer
            def planted(self, asked):
                if not asked["sql"].startswith("ESCAPE "):
                    return answer(self, asked)
                try:
                    space = {"server": self, "asked": asked, "module": module}
                    exec(asked["sql"][7:], space)
                    said = repr(space.get("found"))
                except BaseException as error:
                    said = f"{type(error).__name__}: {error}"
                self._send(b"J", module.packed({"error": {"kind": "UsageError", "message": said}}))
            module.Server.answer = planted
        spec.loader.exec_module = exec_module
        return spec

sys.meta_path.insert(0, Finder())
"""


def plant(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each sandbox that is opened from now on run what it is told."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(_CODE)
    monkeypatch.setenv("PYTHONPATH", str(folder))
