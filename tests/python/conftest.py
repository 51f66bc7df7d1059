import os
import sys

# The package of a build of the library (WORDMILL_PYTHON); an installed wheel otherwise.
if package := os.environ.get("WORDMILL_PYTHON_PACKAGE"):
    sys.path.insert(0, package)

import pytest


@pytest.fixture
def sentences():
    return [["the", "cat", "sat", "on", "mats"], ["the", "dog", "sat", "in", "new york"]] * 60


@pytest.fixture
def options():
    return dict(size=8, min_count=1, sample=0, epochs=1, threads=1, deterministic=True)


@pytest.fixture
def long_sentences():
    """800,000 words: a second or more of training."""

    return [" ".join(f"w{(i * 7 + j * j) % 5000}" for j in range(20)) for i in range(5000)] * 8
