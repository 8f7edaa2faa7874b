#!/usr/bin/env bash
# Installs the Debian packages whose programs the tests need and the machine lacks. Without apt-get, it names the
# packages and fails.
set -euo pipefail
export PATH="$PATH:/usr/sbin" # Debian installs nginx there

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
    if ! command -v apt-get >/dev/null; then
        echo "The tests need the programs of these Debian packages: ${packages[*]}" >&2
        exit 1
    fi
    echo "installing ${packages[*]}"
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
