#!/usr/bin/env bash
# The graph of imports between the modules, read from the `import` lines of their sources, and its drawing.
#   scripts/import-graph.sh             prints every edge, "importer imported"
#   scripts/import-graph.sh --check     fails on a cycle, on an import that docs/design.md does not draw, and on an
#                                       arrow of docs/design.md without an import
#   scripts/import-graph.sh --update    draws the graph anew in docs/design.md; fails on a cycle
# An arrow is left out of the drawing where a longer path of arrows implies it. wordmill.standard is left out: every
# module imports it. `cuda` is not a module: an arrow to it is an #include of its headers.
# WORDMILL_SOURCE names another source folder (for the test of this script).
set -euo pipefail
cd "${WORDMILL_SOURCE:-$(dirname "$0")/..}"
document=docs/design.md
mode=${1:-}
case $mode in
  '' | --check | --update) ;;
  *)
    echo "usage: scripts/import-graph.sh [--check | --update]" >&2
    exit 2
    ;;
esac

# shellcheck disable=SC2016 # awk expands them
edges() {
  find modules corpora pipeline \( -name '*.cppm' -o -name '*.cpp' \) -print0 | sort -z | xargs -0 awk '
    function name(line) { # "export import wordmill.core;" -> "core"; the umbrella module is "wordmill"
      sub(/^(export )?(import|module) wordmill/, "", line)
      sub(/[:;].*/, "", line)
      sub(/^\./, "", line)
      return line == "" ? "wordmill" : line
    }
    FNR == 1 { module = ""; cuda = 0 }
    /^#include [<"]wordmill\/cuda\// { cuda = 1 }
    /^(export )?module wordmill[.:;]/ { module = name($0); if (cuda) print module, "cuda" }
    /^(export )?import wordmill[.;]/ {
      imported = name($0)
      if (module != "" && imported != module && imported != "standard") print module, imported
    }' | sort -u
}

drawn() { # the arrows of the document
  awk '/^<!-- import graph/ { inside = 1 } /^<!-- end of import graph/ { inside = 0 }
    inside && $2 == "-->" { print $1, $3 }' "$document" | sort -u
}

# Reads edges and prints those that no longer path implies. On a cycle it fails and names the modules.
reduced() {
  awk '
    { edge[$1, $2] = 1; node[$1]; node[$2] }
    END {
      for (pair in edge) reach[pair] = 1
      for (k in node) for (i in node) if ((i, k) in reach) for (j in node) if ((k, j) in reach) reach[i, j] = 1
      for (i in node) if ((i, i) in reach) { cyclic = cyclic " " i; }
      if (cyclic != "") { print "import cycle among:" cyclic > "/dev/stderr"; exit 1 }
      for (pair in edge) {
        split(pair, e, SUBSEP)
        implied = 0
        for (k in node) if ((e[1], k) in reach && (k, e[2]) in reach) implied = 1
        if (!implied) print e[1], e[2]
      }
    }' | sort
}

if [[ -z $mode ]]; then
  edges
  exit
fi
arrows=$(edges | reduced)
if [[ $mode == --check ]]; then
  if ! difference=$(diff <(drawn) <(printf '%s\n' "$arrows")); then
    {
      echo "$document: the drawing of the import graph is not that of the sources:"
      sed -nE 's/^> (.*) (.*)/  missing: \1 --> \2/p; s/^< (.*) (.*)/  not imported, or implied by a longer path: \1 --> \2/p' \
        <<<"$difference"
      echo "If the new edge is wanted, scripts/import-graph.sh --update draws it."
    } >&2
    exit 1
  fi
  echo "import graph: $(wc -l <<<"$arrows") arrows in $document stand for $(edges | wc -l) imports, no cycle"
  exit
fi
grep -q '^<!-- end of import graph' "$document" || { echo "$document: expected the two marks of the import graph" >&2; exit 1; }
replacement=$(mktemp "$document.XXXXXX")
trap 'rm -f "$replacement"' EXIT
drawing=$(awk '{ print "    " $1 " --> " $2 }' <<<"$arrows") awk '
  /^<!-- end of import graph/ { inside = 0 }
  !inside
  /^<!-- import graph/ { inside = 1; print "```mermaid\nflowchart TD\n" ENVIRON["drawing"] "\n```" }' \
  "$document" >"$replacement"
cat "$replacement" >"$document"
