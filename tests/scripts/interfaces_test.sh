#!/usr/bin/env bash
# Interface units take the standard library from wordmill.standard: see "How a module is made" in CONTRIBUTING.md.
set -euo pipefail
cd "$(dirname "$0")/../.."
find modules corpora pipeline -name '*.cppm' ! -path modules/standard/standard.cppm -print0 |
  xargs -0 grep -HnE '^#include <[a-z_]+>$' >&2 && { echo "import wordmill.standard instead" >&2; exit 1; }
echo "no interface unit includes a standard header"
