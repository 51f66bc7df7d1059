#!/usr/bin/env bash
# install_test.sh BUILD_FOLDER CONFIG COMPILER VERSION: installs the build, moves the prefix, and builds and runs a
# project that knows only the prefix.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$1" --config "$2" --prefix "$work/installed" >/dev/null
mv "$work/installed" "$work/prefix"
names() { grep -rlP "(^|[\";= ])\Q$1\E(/|[\"; ]|\$)" "$work/prefix" --include='*.cmake'; }
if names "$1" || names "${here%/tests/*}"; then
  echo "FAILED: the installed package names the folders it was built in"
  exit 1
fi
if [ "$(printf '%s\n' 3.29 "$(cmake --version | sed -n 's/cmake version //p')" | sort -V | head -n 1)" != 3.29 ]; then
  refusal=$(cmake -S "$here" -B "$work/build" -G Ninja -DCMAKE_CXX_COMPILER="$3" -DCMAKE_PREFIX_PATH="$work/prefix" \
    -DWORDMILL_VERSION="$4" 2>&1 || true)
  grep -qF "needs CMake 3.29" <<<"$refusal" || { echo "FAILED: no word of what this CMake lacks: $refusal"; exit 1; }
  echo "install_test: skipped, modules of a package can be imported from CMake 3.29 on"
  exit 77
fi
mkdir "$work/consumer"
cp "$here/CMakeLists.txt" "$here"/*.cpp "$work/consumer/"
cmake -S "$work/consumer" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE="$2" -DCMAKE_CXX_COMPILER="$3" \
  -DCMAKE_PREFIX_PATH="$work/prefix" -DWORDMILL_VERSION="$4"
cmake --build "$work/build" --parallel 2
"$work/build/consumer"
echo "install_test: passed"
