#!/usr/bin/env bash
# Builds everything in preset release and passes the tests; further arguments go to ctest (-R name, -V, ...).
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
# The Python package is built beside the library where Python can make a virtual environment and PyPI can be reached.
venv=build/venv
if { [ -x $venv/bin/python ] || python3 -m venv $venv; } > /dev/null 2>&1 \
  && $venv/bin/python -c 'import os, sysconfig; open(os.path.join(sysconfig.get_path("include"), "Python.h"))' > /dev/null 2>&1 \
  && $venv/bin/pip install -q --disable-pip-version-check 'nanobind>=3.1' nanobind-backend numpy pytest pyarrow > /dev/null 2>&1; then
  python=(-DWORDMILL_PYTHON=ON "-DPython_EXECUTABLE=$PWD/$venv/bin/python")
else
  python=(-DWORDMILL_PYTHON=OFF)
  echo "test.sh: the Python package is skipped: no Python with venv and headers, or PyPI cannot be reached"
fi
cmake --preset release "${python[@]}"
cmake --build --preset release
ctest --preset release --parallel "$(nproc)" "$@"
echo "test.sh: all tests passed"
