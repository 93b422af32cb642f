#!/bin/sh
# Kills a syncing process at 200 places, and compares the cache that the next sync ends with to that
# of one that nobody disturbed. Prints how the kills were spread over the phases.
set -eu
cd "$(dirname "$0")/.."
PROOFLINE_KILLS="${1:-200}" exec cargo test --test runner journeys::killed -- --nocapture
