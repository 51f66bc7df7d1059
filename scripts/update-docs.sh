#!/usr/bin/env bash
# Keeps README.md and docs/command.md in step with the `wordmill` program.
#   scripts/update-docs.sh [PROGRAM]           runs the commands of their ```console blocks, in a scratch folder, and writes
#                                              their output, the lists of options and the programs into the documents
#   scripts/update-docs.sh --check PROGRAM     fails if a list of options or a program differs, if a subcommand is missing,
#                                              or if a command fails. Exit status 69 (not available here) is accepted;
#                                              corpora are smaller, to save time, and outputs are not compared
# "<!-- help lm train -->" is followed by the options of `wordmill lm train --help`, without the lines that
# "<!-- help shared -->" has; "<!-- program FILE -->" is followed by that file.
# PROGRAM is build/release/modules/command/wordmill unless it is named.
set -euo pipefail
check=false
if [[ ${1:-} == --check ]]; then
  check=true
  shift
fi
program=$(realpath -- "${1:-$(dirname "$0")/../build/release/modules/command/wordmill}")
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$program" "$work/bin/wordmill"
export PATH="$work/bin:$PATH"

help() { # help COMMAND...: its help text without the blank lines
  wordmill "$@" --help | grep -v '^ *-h,--help\|^$' || true
}
help_of() { # help_of "lm train": the lines that are not shared, of headings that keep a line
  # shellcheck disable=SC2086 # words of a command
  help $1 | awk 'NR == FNR { if (/^[^ ]/) heading = $0; shared[heading, $0] = 1; next }
    FNR == 1 { what = $0; next }
    FNR == 2 { print; next }
    /^[^ ]/ { heading = $0; pending = 1; next }
    !((heading, $0) in shared) { if (pending) print "\n" heading; pending = 0; print }' "$work/shared" -
}
subcommands() { # subcommands [COMMAND]: every command that has options, "lm train" and the like
  local name
  # shellcheck disable=SC2086 # words of a command
  for name in $(help $1 | awk '/^[^ ]/ { inside = /^Subcommands:/; next } inside && /^  [a-z]/ { print $1 }'); do
    if help $1 "$name" | grep -q '^Subcommands:'; then subcommands "${1:+$1 }$name"; else echo "${1:+$1 }$name"; fi
  done
}
help count | awk '/^[^ ]/ { inside = /^(Corpus|Tokens|Run):/ } inside' >"$work/shared"
echo 'Output:
  --overwrite                 Replace an output that exists' >>"$work/shared"

run() { # run COMMAND: prints its output, standard error too
  local status=0 command=$1
  if $check; then command=${command//--tokens [25]M/--tokens 1M}; fi
  (cd "$work/session" && bash -c "$command") >"$work/output" 2>&1 </dev/null || status=$?
  if [[ $status != 0 && $status != 69 ]]; then
    echo "$document: exit status $status of: $command" >&2
    cat "$work/output" >&2
    exit 1
  fi
  cat "$work/output"
}

rewritten() { # the document with its outputs and help texts as the program gives them now
  local line command='' where=text name
  while IFS= read -r line; do
    case $where in
      console) # drops the former output
        if [[ -n $command ]]; then
          echo "$line"
          command+=$'\n'$line
        elif [[ $line == '$ '* ]]; then
          echo "$line"
          command=${line#'$ '}
        fi
        if [[ -n $command && $command != *\\ ]]; then
          run "$command"
          command=''
        fi
        [[ $line != '```' ]] || { where=text; echo "$line"; }
        ;;
      copied) # drops the former text
        [[ $line != '```' ]] || { where=text; echo "$line"; }
        ;;
      *)
        echo "$line"
        if [[ $line == '```console' ]]; then where=console; fi
        if [[ $line == '<!-- help '* ]]; then
          name=${line#'<!-- help '}
          name=${name%' -->'}
          IFS= read -r line && echo "$line" # ```text
          if [[ $name == shared ]]; then cat "$work/shared"; else help_of "$name"; fi
          where=copied
        elif [[ $line == '<!-- program '* ]]; then
          name=${line#'<!-- program '}
          IFS= read -r line && echo "$line" # ```cpp
          cat "${name%' -->'}"
          where=copied
        fi
        ;;
    esac
  done <"$document"
}
# What must be the same in both: marks, and the blocks that follow them. Releases of CLI11 write the default of an option
# as NAME=5 or as NAME [5], and fold the line after it when it is long: both are read as NAME=5 on one line.
copies() {
  awk '
    function flush() { if (held != "") print held; held = "" }
    /^<!-- (help|program) / { flush(); inside = 1; options = $2 == "help"; print; next }
    !inside { next }
    /^```$/ { flush(); print; inside = 0; next }
    !options { print; next }
    /^                    / { sub(/^ +/, " "); held = held $0; gsub(/  +/, " ", held); next }
    { flush(); held = $0 }
    match(held, /^  --[a-z0-9-]+ [^ ]+ \[[^]]*\]/) {
      option = substr(held, 1, RLENGTH - 1); rest = substr(held, RLENGTH + 1)
      sub(/ \[/, "=", option)
      held = option " " rest
    }
    { gsub(/  +/, " ", held) }
    END { flush() }' "$1"
}

for document in README.md docs/command.md; do
  mkdir "$work/session"
  rewritten >"$work/new"
  rm -rf "$work/session"
  if ! $check; then
    cat "$work/new" >"$document"
  elif ! diff -u --label "$document" <(copies "$document") --label "as it is now" <(copies "$work/new"); then
    echo "$document: scripts/update-docs.sh brings it up to date" >&2
    exit 1
  fi
done
mapfile -t commands < <(subcommands '')
for command in "${commands[@]}"; do
  grep -qxF "<!-- help $command -->" docs/command.md ||
    { echo "docs/command.md: expected the mark <!-- help $command -->, found none" >&2; exit 1; }
done
echo "update-docs: ${#commands[@]} commands with their options, every example ran"
