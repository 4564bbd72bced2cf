# Sourced by the scripts beside it: installs what a fresh Debian or Ubuntu lacks, and nothing else.
# shellcheck shell=bash

packages=(
    libzmq3-dev         # ZeroMQ
    libprotobuf-c-dev   # control messages
    protobuf-c-compiler # proves that the committed ones are current
    libsqlite3-dev      # the coordinator's store
    libblas-dev         # kernels that multiply matrices
    pkg-config          # tells SwiftPM where they are
    iproute2            # ip and ss: networks for tests, and the kernel's counts
    util-linux          # unshare, nsenter, setpriv
)

say() { printf '%s\n' "$*" >&2; }

die() {
    say "${0##*/}: $*"
    exit 1
}

install_packages() {
    command -v swift >/dev/null || die "no Swift toolchain in PATH; see https://www.swift.org/install/linux/"
    command -v dpkg-query >/dev/null || {
        say "not a Debian or Ubuntu machine; needed are: ${packages[*]}"
        return
    }
    local missing=() package
    for package in "${packages[@]}"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    local become=()
    if (($(id -u))); then
        command -v sudo >/dev/null || die "missing packages: ${missing[*]}; run as root: apt-get install ${missing[*]}"
        become=(sudo)
    fi
    say "installing ${missing[*]}"
    "${become[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${become[@]}" apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}

# wait_for SECONDS WHAT COMMAND…: until the command succeeds, looking 20 times a second.
wait_for() {
    local seconds=$1 what=$2 tries
    shift 2
    for ((tries = seconds * 20; tries > 0; tries--)); do
        "$@" && return 0
        sleep 0.05
    done
    die "waited $seconds s for $what"
}
