# Sourced by scripts/verify and scripts/test: runs named steps, keeps going after a failure, and sums up at the end.
failed=() skipped=()
export NO_COLOR=1
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# step NAME COMMAND... - quiet when it succeeds, everything it said when it does not
step() {
  local name=$1 started=$SECONDS
  shift
  if "$@" >"$logs/step" 2>&1; then
    printf '  ok    %-34s %3d s\n' "$name" $((SECONDS - started))
  else
    printf '  FAIL  %-34s %3d s\n' "$name" $((SECONDS - started))
    sed 's/^/        /' "$logs/step"
    failed+=("$name")
  fi
}

# suite NAME COMMAND... - vitest with the given arguments; names every test that was skipped
suite() {
  local name=$1 started=$SECONDS
  shift
  if "$@" --reporter=default --reporter=json --outputFile.json="$logs/report.json" >"$logs/step" 2>&1; then
    printf '  ok    %-34s %3d s  %s\n' "$name" $((SECONDS - started)) "$(node scripts/suite-report.js count "$logs/report.json")"
  else
    printf '  FAIL  %-34s %3d s\n' "$name" $((SECONDS - started))
    sed 's/^/        /' "$logs/step"
    failed+=("$name")
  fi
  while IFS= read -r test; do skip "$test"; done < <(node scripts/suite-report.js skipped "$logs/report.json")
  rm -f "$logs/report.json"
}

skip() { printf '  skip  %s\n' "$1"; skipped+=("$1"); }

sum_up() {
  [ ${#skipped[@]} = 0 ] || echo "skipped: ${#skipped[@]} (named above)"
  if [ ${#failed[@]} -gt 0 ]; then
    printf 'failed: %s\n' "${failed[*]}"
    return 1
  fi
  echo "$1: all passed"
}
