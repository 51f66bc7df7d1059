#!/usr/bin/env bash
# Device code that the emulator cannot run, or runs in another way than a GPU, stays in the two headers made for it.
# CONTRIBUTING.md, "Adding a CUDA kernel", has the rules.
set -euo pipefail
cd "$(dirname "$0")/../.."

# offences FOLDER: prints the lines that break a rule.
offences() {
  { grep -rnE --include='*.cu' --include='*.hpp' --include='*.cuh' \
    '__shared__|<<<|\basm\b|__activemask|cooperative_groups' "$1" || true; } |
    sed -E '/^[^:]*\/(launch|primitives)\.hpp:/d'
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/src"
# shellcheck disable=SC2016 # no expansion
printf '%s\n' '__shared__ float x;' 'k<<<1, 2>>>();' 'asm volatile("");' 'f(__activemask());' \
  '#include <cooperative_groups.h>' 'int fine = 1 << 2; // assembles' >"$work/src/bad.cu"
cp "$work/src/bad.cu" "$work/src/launch.hpp"
[[ $(offences "$work/src" | wc -l) == 5 ]] || { echo "expected 5 findings in:" && cat "$work/src/bad.cu" && exit 1; }

found=$(offences cuda && offences tests/cuda/kernels)
if [[ -n $found ]]; then
  echo "Kernels use launch(), block_memory() and primitives.hpp in place of:"
  echo "$found"
  exit 1
fi
echo "kernel_rules_test: passed"
