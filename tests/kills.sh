#!/bin/sh
# Kills a syncing process at 200 places, in a world of 40 changes more than the demo's, and compares
# the cache that the next sync ends with to that of one that nobody disturbed. Prints how the kills
# were spread over the phases; at least 80 % must fall between the first row and the last.
# Takes how often, and how large: `tests/kills.sh 400 80x8`.
set -eu
cd "$(dirname "$0")/.."
PROOFLINE_KILLS="${1:-200}" PROOFLINE_KILLS_SCALE="${2:-40x8}" \
    exec cargo test --test runner journeys::killed -- --nocapture
