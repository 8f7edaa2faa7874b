#!/usr/bin/env bash
# Runs all checks: format, lints, docs, features, tests, the browser, a cluster's faults, proxies, third-party
# clients, and a short fuzz test. Installs the Debian packages that are missing.
set -euo pipefail
cd "$(dirname "$0")"
export PATH="$PATH:/usr/sbin" # Debian installs nginx there

step() { printf '\n== %s (%d s)\n' "$*" "$SECONDS"; }

step "install the Debian packages that are missing"
ci/setup-debian.sh

step "format"
cargo fmt --all --check
cargo fmt --manifest-path fuzz/Cargo.toml --check
cargo fmt --manifest-path examples/servers/Cargo.toml --check
rustfmt --edition 2024 --check conformance/clients/rust/src/main.rs conformance/third-party/rust/src/main.rs sse-client/peers/src/main.rs

step "lints"
cargo clippy --workspace --all-targets --all-features -- -D warnings

step "no circular imports"
ci/circles.py sse-*

step "words that the glossary replaces"
ci/glossary.py

step "each rule of the standard has code and a test"
ci/standard.py

step "no dependency needs a newer Rust than declared"
ci/rust-version.py Cargo.toml examples/servers/Cargo.toml conformance/clients/rust/Cargo.toml conformance/third-party/rust/Cargo.toml sse-client/peers/Cargo.toml

step "lints and docs without features, with each feature alone, and with all"
ci/feature-sets.sh

step "docs"
RUSTDOCFLAGS="-D warnings" cargo doc -q --workspace --no-deps

step "packages of the libraries"
# Building what is packaged would take minutes, and `cargo test` builds the same files.
cargo package -q -p 'sse-*' --no-verify --allow-dirty

step "tests, including a real browser"
cargo test --workspace -- --include-ignored

step "the browser's client"
browser/test.sh

step "servers that start differently: TLS, plain hyper, salvo, poem"
servers=(-q --manifest-path examples/servers/Cargo.toml --target-dir "${CARGO_TARGET_DIR:-target}")
cargo clippy "${servers[@]}" --all-targets -- -D warnings
cargo test "${servers[@]}" --test servers

step "a cluster's faults"
cargo build -q --bins
cargo run -q -p conformance --bin faults -- --short

step "answers that outlive their nodes"
cargo run -q -p conformance --bin runs -- --short

step "one client that attacks the server"
cargo run -q --release -p conformance --bin attack -- --short --hub

step "event streams through five proxies"
cargo run -q -p conformance --bin proxies -- --short

step "sse-client beside other crates"
cargo clippy -q --manifest-path sse-client/peers/Cargo.toml --target-dir "${CARGO_TARGET_DIR:-target}" -- -D warnings

step "third-party clients"
cargo run -q -p conformance --bin clients -- --short

step "third-party clients of models"
cargo run -q -p conformance --bin gateway

step "third-party servers"
cargo run -q -p conformance --bin third-party -- --short

step "the hub's lock, in every order of its threads (loom)"
CARGO_TARGET_DIR=target/loom RUSTFLAGS="--cfg loom" cargo test -q -p sse-hub --release --lib loom

step "short fuzz test"
cargo test -q --manifest-path fuzz/Cargo.toml

step "all passed"
