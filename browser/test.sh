#!/usr/bin/env bash
# Checks the browser's client: its types, its size, and its behaviour in Node.js. Installs the tools below the build's
# target directory.
set -euo pipefail
mkdir -p "${CARGO_TARGET_DIR:-target}/browser"
tools=$(cd "${CARGO_TARGET_DIR:-target}/browser" && pwd)
cd "$(dirname "$0")"

if ! cmp -s package.json "$tools/installed"; then
    cp package.json "$tools"
    (cd "$tools" && npm install --no-audit --no-fund --ignore-scripts --no-package-lock --loglevel=error)
    cp package.json "$tools/installed"
fi

"$tools/node_modules/.bin/tsc" --project tsconfig.json

limit=5000
size=$("$tools/node_modules/.bin/esbuild" event-stream.js --minify --format=esm | gzip -9 | wc -c)
echo "event-stream.js: $size bytes, minified and compressed; the limit is $limit"
[ "$size" -le "$limit" ]

node --test tests/*.test.mjs
