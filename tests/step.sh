#!/bin/sh
# step.sh NAME COMMAND...: says what runs, shows the command's output only if it fails or has
# something to tell (a line that starts with "PostgreSQL: not run" and its like, pytest's last line).
name=$1
shift
output=$(mktemp)
trap 'rm -f "$output"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
began=$(date +%s)
printf '%s ... ' "$name"
if "$@" >"$output" 2>&1 </dev/null; then
    told=$(grep -E 'not (run|checked)\.' "$output")
    counted=$(grep -E '^(=+ )?[0-9]+ passed|^Required test coverage' "$output" | tr -d '=' | tr -s ' ' | tr '\n' ';')
    printf 'ok, %s s%s\n' "$(($(date +%s) - began))" "${counted:+ (${counted%;})}"
    [ -z "$told" ] || printf '    %s\n' "$told"
else
    status=$?
    echo "FAILED"
    cat "$output"
    printf '\n%s failed (exit status %s): %s\n' "$name" "$status" "$*"
    exit "$status"
fi
