#!/usr/bin/env bash
# Runs all checks: format, lints, docs, features, tests, the browser, a cluster's faults, proxies, third-party
# clients, and a short fuzz test. Installs those of the Debian packages below that are missing.
set -euo pipefail
cd "$(dirname "$0")"
export PATH="$PATH:/usr/sbin" # Debian installs nginx there

step() { printf '\n== %s (%d s)\n' "$*" "$SECONDS"; }

packages=() services=()
# need COMMAND PACKAGE [SERVICE...]: the tests start these programs themselves, so the package's services are
# stopped.
need() {
    command -v "$1" >/dev/null || { packages+=("$2") && services+=("${@:3}"); }
}
need chromium chromium
need chromedriver chromium-driver
need c++ g++ # for libFuzzer, and for Varnish at run time
need nginx nginx-light nginx
need redis-server redis-server redis-server
need caddy caddy
need haproxy haproxy haproxy
need varnishd varnish varnish varnishncsa
need apache2 apache2 apache2 apache-htcacheclean
need openssl openssl
need curl curl
need node nodejs
need npm npm
need python3 python3
python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
if [ "${#packages[@]}" -gt 0 ]; then
    step "install ${packages[*]}"
    as_root=$([ "$(id -u)" -eq 0 ] || echo sudo)
    $as_root apt-get update -q
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends "${packages[@]}"
    for service in "${services[@]}"; do
        $as_root update-rc.d "$service" disable || true
        $as_root service "$service" stop || true
    done
    if [[ " ${packages[*]} " == *" caddy "* ]] && command -v systemctl >/dev/null; then
        $as_root systemctl disable --now caddy || true # Caddy has no script for `service`
    fi
fi

step "format"
cargo fmt --all --check
cargo fmt --manifest-path fuzz/Cargo.toml --check
cargo fmt --manifest-path examples/servers/Cargo.toml --check
rustfmt --edition 2024 --check conformance/clients/rust/src/main.rs

step "lints"
cargo clippy --workspace --all-targets --all-features -- -D warnings

step "no circular imports"
ci/circles.py sse-*

step "each rule of the standard has code and a test"
ci/standard.py

step "no dependency needs a newer Rust than declared"
ci/rust-version.py Cargo.toml examples/servers/Cargo.toml conformance/clients/rust/Cargo.toml

step "lints and docs without features, with each feature alone, and with all"
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
if cargo tree -q -p sse-core --no-default-features --edges normal | grep -E ' (tokio|tracing|fastrand) '; then
    echo "sse-core without features depends on the crates above" >&2
    exit 1
fi

step "docs"
RUSTDOCFLAGS="-D warnings" cargo doc -q --workspace --no-deps

step "packages of the libraries"
# Building what is packaged would take minutes, and `cargo test` builds the same files.
cargo package -q -p 'sse-*' --no-verify --allow-dirty

step "tests, including a real browser"
cargo test --workspace

step "servers that start differently: TLS, plain hyper, salvo, poem"
servers=(-q --manifest-path examples/servers/Cargo.toml --target-dir "${CARGO_TARGET_DIR:-target}")
cargo clippy "${servers[@]}" --all-targets -- -D warnings
cargo test "${servers[@]}" --test servers

step "a cluster's faults"
cargo build -q --bins
cargo run -q -p conformance --bin faults -- --short

step "one client that attacks the server"
cargo run -q --release -p conformance --bin attack -- --short --hub

step "event streams through five proxies"
cargo run -q -p conformance --bin proxies -- --short

step "third-party clients"
cargo run -q -p conformance --bin clients -- --short

step "the hub's lock, in every order of its threads (loom)"
CARGO_TARGET_DIR=target/loom RUSTFLAGS="--cfg loom" cargo test -q -p sse-hub --release --lib loom

step "short fuzz test"
cargo test -q --manifest-path fuzz/Cargo.toml

step "all passed"
