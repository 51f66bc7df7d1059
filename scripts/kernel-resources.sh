#!/usr/bin/env bash
# Prints what each kernel of cuda/src needs of a multiprocessor: registers per thread, bytes spilled, static shared memory.
#   scripts/kernel-resources.sh [FILE.cu ...]    default: all of cuda/src
# Compiles with nvcc (WORDMILL_NVCC, PATH or /usr/local/cuda) for compute capability 8.0 and 9.0; needs no GPU.
# Exit codes: 2 usage, 69 no nvcc.
set -euo pipefail
cd "$(dirname "$0")/.."
architectures=(80 90)

if [[ ${1:-} == -* ]]; then
  echo "kernel-resources: expected files, found '$1'" >&2
  exit 2
fi
nvcc=${WORDMILL_NVCC:-$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)}
if ! [[ -x $nvcc ]]; then
  echo "kernel-resources: no nvcc on PATH or in /usr/local/cuda; set WORDMILL_NVCC" >&2
  exit 69
fi
files=("$@")
if [[ ${#files[@]} == 0 ]]; then files=(cuda/src/*.cu); fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# ptxas reports a kernel in three lines: its name, its stack and spills, its registers and shared memory.
parse() {
  awk -v architecture="$1" -v file="$2" '
    /Function properties for/ { name = $NF }
    /bytes spill stores/ {
      stores = loads = 0
      for (i = 2; i <= NF; ++i) if ($i == "bytes" && $(i + 1) == "spill") { if ($(i + 2) ~ /^stores/) stores = $(i - 1); else loads = $(i - 1) }
    }
    /Used [0-9]+ registers/ {
      shared = 0
      for (i = 1; i <= NF; ++i) {
        if ($i ~ /^registers/) registers = $(i - 1)
        if ($i == "bytes" && $(i + 1) ~ /^smem/) shared = $(i - 1)
      }
      printf "sm_%s %9d %12d %11d %13d  %s: %s\n", architecture, registers, stores, loads, shared, file, name
    }'
}
printf '%-5s %9s %12s %11s %13s  %s\n' arch registers "spill stores" "spill loads" "shared memory" kernel
for file in "${files[@]}"; do
  for architecture in "${architectures[@]}"; do
    "$nvcc" -std=c++20 "-arch=sm_$architecture" --resource-usage -Icuda/src -Icuda/include -cubin \
      -o "$work/cubin" "$file" 2>&1 | parse "$architecture" "$(basename "$file")"
  done
done | c++filt | sed -E 's/(.{200}).*/\1.../'
