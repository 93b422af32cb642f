#!/bin/sh
# Runs the fuzz targets one after another: fuzz/run.sh SECONDS [TARGET...]
# What was tried and how often stands in the last line of each.
set -eu
cd "$(dirname "$0")/.."
seconds=$1
shift
[ $# -gt 0 ] || set -- $(cargo +nightly fuzz list)
for target; do
    mkdir -p "fuzz/corpus/$target"
    words="fuzz/dictionaries/$target.dict"
    echo "== $target"
    cargo +nightly fuzz run "$target" "fuzz/corpus/$target" $(ls -d "fuzz/seeds/$target" 2>/dev/null) -- \
        $([ -f "$words" ] && echo "-dict=$words") -max_len="${MAX_LEN:-4096}" -timeout=10 \
        -rss_limit_mb=1024 -max_total_time="$seconds" -print_final_stats=1 2>&1 |
        grep -E '^(==|SUMMARY|stat::number_of_executed|stat::peak_rss|Done|thread|.*panicked|.*ERROR)' || true
done
