#!/usr/bin/env bash
# Installs what the tests need and this machine lacks. For Debian and its kin, as root or with a
# sudo that asks for no password.
set -euo pipefail
exec </dev/null
export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

# A program that the tests run, and the package that brings it.
needed=(
    cc:build-essential
    c++:build-essential
    chromium:chromium
    curl:curl
    ezstream:ezstream
    faketime:faketime
    ffmpeg:ffmpeg
    ffprobe:ffmpeg
    git:git
    icecast2:icecast2
    ices2:ices2
    liquidsoap:liquidsoap
    mpg123:mpg123
    lame:lame
    mpv:mpv
    node:nodejs
    npm:npm
    oggenc:vorbis-tools
    openssl:openssl
    opusenc:opus-tools
    python3:python3
)
missing=()
for entry in "${needed[@]}"; do
    package=${entry#*:}
    if ! command -v "${entry%%:*}" >/dev/null && [[ " ${missing[*]-} " != *" $package "* ]]; then
        missing+=("$package")
    fi
done

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

if [ ${#missing[@]} -gt 0 ]; then
    echo "installing with apt-get: ${missing[*]}"
    if ! command -v apt-get >/dev/null || ! as_root true 2>/dev/null; then
        echo "cannot: this needs Debian, and root or a sudo that asks for no password" >&2
        exit 1
    fi
    # A stream server that is installed for its program must not come on the air by itself.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        trap 'as_root rm -f "$policy"' EXIT
    fi
    quiet=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
    as_root "${quiet[@]}" update
    as_root "${quiet[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null
else
    echo "nothing to install with apt-get"
fi

if ! command -v cargo >/dev/null; then
    echo "installing with rustup: stable Rust, for this user"
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs |
        sh -s -- -y --profile minimal --component clippy --component rustfmt >/dev/null
fi
for component in clippy rustfmt; do
    if ! cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1; then
        echo "installing with rustup: $component"
        rustup component add "$component"
    fi
done
if ! cargo nextest --version >/dev/null 2>&1; then
    echo "installing with cargo: cargo-nextest"
    cargo install --locked --quiet cargo-nextest
fi
