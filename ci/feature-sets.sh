#!/usr/bin/env bash
# Lints each library and builds its docs: without features, with each feature alone, and with all.
set -euo pipefail
cd "$(dirname "$0")/.."

# Prints a line for each set: the package and its features.
feature_sets() {
    cargo metadata --no-deps --format-version 1 | python3 -c '
import json, sys
for package in json.load(sys.stdin)["packages"]:
    if package["name"].startswith("sse-"):
        features = sorted(set(package["features"]) - {"default"})
        for chosen in ["", *features, ",".join(features)]:
            print(package["name"], chosen)'
}
feature_sets | sort -u | while read -r package features; do
    chosen=(-q -p "$package" --no-default-features --features "$features")
    cargo clippy "${chosen[@]}" -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc "${chosen[@]}" --no-deps
done
# Without features, sse-core needs neither tokio nor a clock.
tree=$(cargo tree -q -p sse-core --no-default-features --edges normal)
if grep -E ' (tokio|tracing|fastrand) ' <<<"$tree"; then
    echo "sse-core without features depends on the crates above" >&2
    exit 1
fi
