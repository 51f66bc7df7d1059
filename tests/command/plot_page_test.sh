#!/usr/bin/env bash
# plot_page_test.sh WORDMILL: opens pages in a browser without a window and looks at what their scripts made of them.
set -euo pipefail
wordmill=$1
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [[ -z $browser ]]; then
  echo "skipped: no chromium is installed"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Words that would leave their place if they were not escaped, and would be seen to if they did.
# shellcheck disable=SC2028 # \xFF is for printf
{
  echo "7 3"
  echo "east 1 0 0"
  echo "north 0 1 0.1"
  echo "</script><script>document.documentElement.dataset.error='escaped'</script> 0.9 0.1 0"
  echo "<!--<script> 0.8 0.2 0.1"
  echo "\"'\\ 0.7 0.3 0"
  printf 'broken\xFF 0.6 0.4 0.2\n'
  echo "rare -1 0.5 0"
} >vectors.txt
{
  echo '{"started":1,"options":{"size":"3","</script>":"<b>"}}'
  for i in 1 2 3 4 5; do
    echo "{\"seconds\":$i,\"epoch\":1,\"tokens\":$((i * 1000)),\"tokens_per_second\":1000,\"loss\":$((9 - i)),\"learning_rate\":0.0$i,\"limited_by\":\"training\"}"
  done
} >run.jsonl

fail() {
  echo "FAILED: $1"
  sed -n '/<body>/,/id="data"/p' "$work/dom"
  grep -F CONSOLE "$work/log"
  exit 1
}
open_page() { # the document after its scripts ran
  timeout 100 "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$work/profile" --window-size=1200,900 \
    --enable-logging=stderr --virtual-time-budget=5000 --dump-dom "file://$work/$1" >"$work/dom" 2>"$work/log" || fail "the browser opens $1"
  grep -q 'data-status="ready"' "$work/dom" || fail "the script of $1 comes to its end"
  ! grep -q '<html[^>]*data-error' "$work/dom" || fail "$1 has an error"
  ! grep -q 'CONSOLE' "$work/log" || fail "the browser complains about $1"
}
has() { grep -qF -- "$1" "$work/dom" || fail "expected '$1'"; }
has_not() { ! grep -qF -- "$1" "$work/dom" || fail "expected no '$1'"; }

"$wordmill" plot vectors.txt --words 6 --highlight rare --metrics run.jsonl --metrics run.jsonl --output both.html
open_page both.html
has 'data-drawn="7"' # six words, and the one that is marked
has 'data-selected=""'
[[ $(grep -o '<path class="line" d="M[0-9]' "$work/dom" | wc -l) == 6 ]] || fail "three curves of two runs"
has '<td>3</td>'
has '&lt;/script&gt;</th>'
has '6 of 7 words, 3 dimensions'

open_page 'both.html#word=east'
has 'data-selected="east"'
has '<h2>east</h2>'
has '<span>&lt;/script&gt;&lt;script&gt;document.documentElement' # the nearest one, as text
[[ $(grep -o '<li style="--share' "$work/dom" | wc -l) == 5 ]] || fail "five neighbours"

"$wordmill" plot --metrics run.jsonl --output curves.html
open_page curves.html
has '<section id="map" hidden="">'
has 'the ends of epochs'
has '<span class="value" style="--colour: var(--run0);">4.000</span>' # the last loss

"$wordmill" plot vectors.txt --output map.html
open_page map.html
has 'data-drawn="7"'
has '<section id="curves" hidden="">'
has_not '<path'
echo "plot_page_test: passed with $("$browser" --version 2>/dev/null)"
