import os
import signal
import subprocess
import sys
import textwrap
import time

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


@pytest.fixture(scope="session")
def command():
    """Runs the command `wordmill` of the same build and returns its output."""

    program = os.environ.get("WORDMILL_COMMAND")
    if not program:
        pytest.skip("WORDMILL_COMMAND names no program")

    def run(*arguments):
        return subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, text=True).stdout

    return run


@pytest.fixture(scope="session")
def run():
    """Starts a program in an interpreter of its own."""

    def start(code, **how):
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in sys.path if p))
        return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], env=environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)

    return start


@pytest.fixture
def control_c(run, tmp_path):
    """Trains in an interpreter of its own, presses Ctrl-C there, and checks that training stops soon with a checkpoint.

    The call must hand `tell` and `folder` on.
    """

    def check(before, call):
        folder = tmp_path / "run"
        child = run(textwrap.dedent(before) + f"""
import signal
import wordmill as wm
signal.signal(signal.SIGINT, signal.default_int_handler)  # is ignored in background jobs of a shell
folder = {str(folder)!r}
def tell(p):
    if p.tokens: print("training", flush=True)
try:
    {call}
except KeyboardInterrupt:
    print("interrupted")
""")
        child.stdout.readline()
        start = time.monotonic()
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
        seconds = time.monotonic() - start
        assert child.returncode == 0 and out.endswith("interrupted\n"), err
        assert (folder / "checkpoint").exists()
        assert seconds < 5  # half a second on an idle machine, and the end of the process

    return check
