#!/usr/bin/env bash
# Installs missing test dependencies (all but the .NET SDK), builds the solution and runs every test. The last line is
# "N passed, N failed", with ", N skipped" if any were. Arguments are passed to `dotnet test`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() {
    echo "test.sh: $1" >&2
    echo "0 passed, 1 failed"
    exit 1
}

# The first of the given programs that runs. Ubuntu's chromium-browser may be a stub that asks to install a snap.
first_that_runs() {
    local program
    for program in "$@"; do
        if "$program" --version </dev/null >/dev/null 2>&1; then
            command -v "$program"
            return 0
        fi
    done
    return 1
}

browser() { first_that_runs ${CGH_CHROMIUM:+"$CGH_CHROMIUM"} chromium chromium-browser google-chrome google-chrome-stable; }
# RabbitMQ has no --version. Its own script is not on the PATH; the one on the PATH switches to the rabbitmq user.
rabbitmq() {
    local program
    for program in ${CGH_RABBITMQ_SERVER:+"$CGH_RABBITMQ_SERVER"} /usr/lib/rabbitmq/bin/rabbitmq-server; do
        if [ -x "$program" ] && command -v erl >/dev/null && command -v epmd >/dev/null; then
            echo "$program"
            return 0
        fi
    done
    return 1
}
redis() { first_that_runs ${CGH_REDIS_SERVER:+"$CGH_REDIS_SERVER"} redis-server valkey-server; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

apt_updated=
install_with_apt() {
    command -v apt-get >/dev/null || return 1
    echo "Installing $* with apt ..."
    if [ -z "$apt_updated" ]; then
        as_root apt-get update -qq </dev/null || return 1
        apt_updated=yes
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null
}

# Debian packages start their servers on installation, but the tests start their own. A temporary policy-rc.d prevents that, unless the
# system already has one.
install_server_with_apt() {
    local policy=/usr/sbin/policy-rc.d placed= status=0
    if [ ! -e "$policy" ] && printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod +x "$policy"; then
        placed=yes
    fi
    install_with_apt "$@" || status=$?
    [ -z "$placed" ] || as_root rm -f "$policy"
    return $status
}

command -v dotnet >/dev/null || fail "dotnet is missing. Install the .NET 10 SDK: https://dotnet.microsoft.com/download"

if ! browser >/dev/null; then
    install_with_apt chromium || install_with_apt chromium-browser || true
    browser >/dev/null || fail "no working Chromium found. Install chromium (Debian: apt-get install chromium; Ubuntu: snap install chromium, or Google Chrome's .deb; Fedora: dnf install chromium), or set CGH_CHROMIUM to its path."
fi
if ! redis >/dev/null; then
    install_server_with_apt redis-server || true
    redis >/dev/null || fail "no working redis-server found. Install it (Debian, Ubuntu: apt-get install redis-server; Fedora: dnf install valkey; macOS: brew install redis), or set CGH_REDIS_SERVER to its path."
fi
if ! rabbitmq >/dev/null; then
    install_server_with_apt rabbitmq-server || true
    rabbitmq >/dev/null || fail "RabbitMQ not found. Install it (Debian, Ubuntu: apt-get install rabbitmq-server), or set CGH_RABBITMQ_SERVER to its start script (erl and epmd must be on the PATH)."
fi
# The images of one test, the interpreter of those that run the documentation's examples, and what makes a disk fail; they are skipped without them.
[ -d /usr/share/datasets/fashion-mnist ] || install_with_apt dataset-fashion-mnist || true
/usr/bin/python3 -c 'import numpy' 2>/dev/null || install_with_apt python3-numpy || true
command -v strace >/dev/null || [ "$(uname)" != Linux ] || install_with_apt strace || true

CGH_CHROMIUM=$(browser)
CGH_REDIS_SERVER=$(redis)
CGH_RABBITMQ_SERVER=$(rabbitmq)
CGH_TEST_REQUIRE_ALL=1 # a missing dependency fails the test instead of skipping it
DOTNET_CLI_UI_LANGUAGE=en # the summary is parsed below
DOTNET_CLI_TELEMETRY_OPTOUT=1
DOTNET_NOLOGO=1
DOTNET_TieredPGO=0 # the processes that the tests start live for seconds: counting for a better second compilation costs more than it gives
export CGH_CHROMIUM CGH_REDIS_SERVER CGH_RABBITMQ_SERVER CGH_TEST_REQUIRE_ALL DOTNET_CLI_UI_LANGUAGE DOTNET_CLI_TELEMETRY_OPTOUT DOTNET_NOLOGO DOTNET_TieredPGO

# The reference files are committed. If their tools are installed, regenerate and compare them.
if /usr/bin/python3 -c 'import numpy, PIL, torch, torchvision' 2>/dev/null; then
    /usr/bin/python3 tests/golden/make.py --check || fail "the reference files in tests/golden differ from the output of tests/golden/make.py."
else
    echo "Skipping the check of the reference files: /usr/bin/python3 lacks numpy, PIL, torch or torchvision (Debian: python3-numpy python3-pil python3-torch python3-torchvision)."
fi

dotnet build Cgh.sln --nologo --verbosity minimal </dev/null || fail "the solution does not build."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
# Two test projects at a time; docs/testing.md explains why.
dotnet test --solution Cgh.sln --no-build --no-ansi --no-progress --max-parallel-test-modules 2 "$@" </dev/null 2>&1 | tee "$log" || status=$?

# The overall summary is the last block of lines such as "  succeeded: 12".
count() { sed -n "s/^ *$1: *\([0-9][0-9]*\) *\$/\1/p" "$log" | tail -n 1; }
passed=$(count succeeded)
failed=$(count failed)
skipped=$(count skipped)
[ -n "$passed" ] && [ -n "$failed" ] && [ -n "$skipped" ] || fail "dotnet test exited with $status and no summary."

if [ "$failed" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$passed" -eq 0 ]; }; then
    echo "test.sh: no test failed, but dotnet test exited with $status after $passed passed tests; counting one failure." >&2
    failed=1
fi
if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
