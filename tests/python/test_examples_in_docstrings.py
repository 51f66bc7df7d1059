"""The examples in docstrings give the results that they show."""

import doctest
import importlib

import pytest

import wordmill as wm


@pytest.mark.parametrize(
    "name, needs",
    [
        ("wordmill", "numpy"), ("wordmill.compat.gensim", "numpy"), ("wordmill.compat._phrases", "numpy"),
        ("wordmill.sklearn", "sklearn"), ("wordmill.torch", "torch"),
    ],
)
def test_examples_of_modules(name, needs):
    pytest.importorskip(needs)
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted > 0 and found.failed == 0


@pytest.mark.parametrize("name", ["Phrases", "tokenize"])
def test_examples_of_compiled_names(name):
    text = getattr(wm, name).__doc__
    example = doctest.DocTestParser().get_doctest(text, {}, name, None, None)
    found = doctest.DocTestRunner().run(example)
    assert found.attempted > 0 and found.failed == 0
