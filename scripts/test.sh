#!/usr/bin/env bash
# Builds everything in preset release and passes the tests; further arguments go to ctest (-R name, -V, ...).
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
cmake --preset release
cmake --build --preset release
ctest --preset release --parallel "$(nproc)" "$@"
echo "test.sh: all tests passed"
