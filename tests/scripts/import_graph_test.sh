#!/usr/bin/env bash
# scripts/import-graph.sh on a small tree made here: it finds missing and obsolete arrows and cycles.
set -euo pipefail
script=$(cd "$(dirname "$0")/../.." && pwd)/scripts/import-graph.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/modules/{a,b,c} "$work"/{corpora,pipeline,docs}

fail() {
  echo "FAILED: $1"
  cat "$work/out" "$work/docs/design.md"
  exit 1
}
run() { # run EXPECTED_STATUS ARGUMENTS...
  local expected=$1 status=0
  shift
  WORDMILL_SOURCE=$work "$script" "$@" >"$work/out" 2>&1 || status=$?
  [[ $status == "$expected" ]] || fail "'$*' should exit with $expected, found $status"
}
says() { grep -qF -- "$1" "$work/out" || fail "expected '$1'"; }

printf 'export module wordmill.a;\nimport wordmill.standard;\n' >"$work/modules/a/a.cppm"
printf 'export module wordmill.b:part;\nimport wordmill.a;\n' >"$work/modules/b/part.cppm"
printf 'module;\n#include "wordmill/cuda/x.hpp"\nmodule wordmill.c;\nimport wordmill.a;\nimport wordmill.b;\n' \
  >"$work/modules/c/c.cpp"
printf 'text\n<!-- import graph -->\n<!-- end of import graph -->\nmore\n' >"$work/docs/design.md"

run 1 --check
says 'missing: b --> a'
run 0 --update
run 0 --check
says '3 arrows in docs/design.md stand for 4 imports'
[[ $(grep -c -- '-->' <(grep -v '<!--' "$work/docs/design.md")) == 3 ]] || fail "three arrows are drawn: c to a is implied"
grep -qx more "$work/docs/design.md" || fail "the rest of the document stays"

sed -i 's/import wordmill.b;//' "$work/modules/c/c.cpp"
run 1 --check
says 'missing: c --> a'
says 'not imported, or implied by a longer path: c --> b'

echo 'import wordmill.c;' >>"$work/modules/a/a.cppm"
run 1 --check
says 'import cycle among: '
run 1 --update
run 2 --bogus
echo "import_graph_test: passed"
