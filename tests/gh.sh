#!/bin/sh
# Runs the real gh, a client that nobody here wrote, against the demo forge.
# Usage: tests/gh.sh PROOFLINE [GH]. Skips with a notice where gh is not there.
set -u
proofline=${1:?the program to test}
gh=${2:-gh}
if ! command -v "$gh" >/dev/null 2>&1; then
    echo "skipped: there is no $gh"
    exit 0
fi
folder=$(mktemp -d)
"$proofline" demo --serve >"$folder/served" 2>"$folder/log" &
forge=$!
trap 'kill "$forge" 2>/dev/null; rm -rf "$folder"' EXIT
until grep -q '^repo=' "$folder/served"; do
    kill -0 "$forge" 2>/dev/null || { cat "$folder/log"; exit 1; }
done
http_proxy=$(sed -n 's/^base=//p' "$folder/served")
GH_TOKEN=$(sed -n 's/^token=//p' "$folder/served")
repository=github.localhost/$(sed -n 's/^repo=//p' "$folder/served")
export http_proxy GH_TOKEN GH_HOST=github.localhost HOME="$folder" XDG_CACHE_HOME="$folder/cache"
export GH_PROMPT_DISABLED=1 GH_NO_UPDATE_NOTIFIER=1 NO_COLOR=1
failed=0
expect() {
    wanted=$1
    shift
    "$gh" "$@" >"$folder/out" 2>&1
    got=$?
    if [ "$got" = "$wanted" ]; then
        echo "ok    gh $*"
    else
        echo "wrong gh $*: ended with $got, not $wanted"
        cat "$folder/out"
        failed=1
    fi
}
expect 0 pr list -R "$repository" --state all
expect 0 pr view 482 -R "$repository"
expect 0 pr view 482 -R "$repository" --comments
expect 0 pr view 482 -R "$repository" --json title,reviews,statusCheckRollup,files,commits
# One check of the change has failed, and gh says so.
expect 1 pr checks 482 -R "$repository"
expect 0 pr diff 479 -R "$repository"
expect 0 pr status -R "$repository"
expect 0 run list -R "$repository"
expect 0 run view 2914000404 -R "$repository" --log
expect 0 run download 2914000404 -R "$repository" -n junit-unit -D "$folder/junit"
expect 0 issue view 471 -R "$repository"
expect 0 repo view "$repository"
expect 0 repo clone "$repository" "$folder/clone" -- --quiet
expect 0 release view -R "$repository"
expect 0 release download v0.38.2 -R "$repository" -D "$folder/release"
expect 0 workflow list -R "$repository"
expect 0 ruleset list -R "$repository"
expect 0 api "repos/${repository#*/}/pulls?state=all&per_page=10" --paginate
expect 0 api graphql -f 'query={viewer{login}}'
exit "$failed"
