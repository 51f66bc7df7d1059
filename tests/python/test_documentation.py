"""Docstrings and documents: all that is public has a docstring, and every example gives what it says."""

import doctest
import importlib
import inspect
import json
import pathlib
import re

import pytest

import wordmill as wm

ROOT = pathlib.Path(__file__).parents[2]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
# Modules that need no package but NumPy, and those that need the one named.
MODULES = {
    "wordmill": None,
    "wordmill.compat.fasttext": None,
    "wordmill.compat.gensim": None,
    "wordmill.sklearn": "sklearn",
    "wordmill.torch": "torch",
}


def public_objects():
    """(name, object) of everything that users see, besides methods that other packages describe."""
    for module_name, needed in MODULES.items():
        if needed and importlib.util.find_spec(needed) is None:
            continue
        module = importlib.import_module(module_name)
        yield module_name, module
        for name in module.__all__:
            thing = getattr(module, name)
            yield f"{module_name}.{name}", thing
            if inspect.isclass(thing) and ".compat." not in module_name:
                for member, value in vars(thing).items():
                    if not member.startswith("_") and (callable(value) or isinstance(value, (property, classmethod,
                                                                                             staticmethod))
                                                       or hasattr(value, "__get__")):
                        yield f"{module_name}.{name}.{member}", value


OBJECTS = dict(public_objects())


def docstring_of(thing):
    """Without the signatures that the extension begins its docstrings with."""
    text = getattr(getattr(thing, "__func__", thing), "__doc__", None) or ""
    return re.sub(r"\A(?:\w+\(.*\)(?: -> .*)?\n*)+", "", text)


class Roughly(doctest.OutputChecker):
    """Numbers that training gives depend a little on how a processor rounds."""

    def check_output(self, want, got, flags):
        number = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
        wanted, found = ([float(n) for n in number.findall(text)] for text in (want, got))
        near = len(wanted) == len(found) and all(abs(a - b) <= 0.05 * max(a, 0.4) for a, b in zip(wanted, found))
        if near:
            want, got = number.sub("0", want), number.sub("0", got)
        return super().check_output(want, got, flags)


def check_examples(text, name, where):
    test = doctest.DocTestParser().get_doctest(text, {"wm": wm}, name, where, 0)
    runner = doctest.DocTestRunner(checker=Roughly(), optionflags=FLAGS)
    report = []
    runner.run(test, out=report.append)
    assert runner.failures == 0, "".join(report)
    return len(test.examples)


def test_everything_public_is_described():
    assert [name for name, thing in OBJECTS.items()
            if not docstring_of(thing) and not isinstance(thing, (str, tuple))] == []


@pytest.mark.parametrize("name", [n for n, o in OBJECTS.items() if ">>>" in docstring_of(o)])
def test_examples_of_docstrings(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert check_examples(docstring_of(OBJECTS[name]), name, name) > 0


@pytest.mark.parametrize("document", ["README.md", "docs/python.md"])
def test_examples_of_documents(document, tmp_path, monkeypatch):
    """The blocks with prompts are one session, without those that import a package that is not installed."""
    path = ROOT / document
    if not path.exists():
        pytest.skip("not in a checkout")
    monkeypatch.chdir(tmp_path)
    sessions = re.findall(r"^```python\n(>>>.*?)^```", path.read_text(), re.M | re.S)
    possible = [session for session in sessions
                if all(importlib.util.find_spec(package)
                       for package in re.findall(r"^>>> (?:import|from) (\w+)", session, re.M))]
    assert check_examples("\n".join(possible), document, str(path)) > 0


@pytest.mark.parametrize("notebook", sorted((ROOT / "python/examples").glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_run_and_hold_their_results(notebook, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells = [cell for cell in json.loads(notebook.read_text())["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] for cell in cells)
    names = {}
    for cell in cells:
        exec("".join(cell["source"]), names)


def test_the_package_is_typed(tmp_path):
    """A program that uses most of the package passes mypy's strict checks."""
    pytest.importorskip("mypy")
    import subprocess
    import sys

    program = pathlib.Path(__file__).with_name("typed_program.py")
    package = str(pathlib.Path(wm.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports", "silent", "--cache-dir", str(tmp_path), str(program)],
        capture_output=True, text=True, env={"MYPYPATH": package, "PATH": ""},
    )
    assert done.returncode == 0, done.stdout + done.stderr
