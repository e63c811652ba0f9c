#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run every linter, even after one has failed, and say at the end which ones did.

cd "$(dirname "$0")/.." || exit 1
failed=''

check() {
    name=$1
    shift
    echo "== $name"
    "$@" || failed="$failed $name"
}

packages=''
sources=''
for folder in src/simlingo_*/simlingo_* launch/simlingo_* training/simlingo_*; do
    [ -f "$folder/__init__.py" ] || continue
    packages="$packages -p $(basename "$folder")"
    sources="$sources:$(dirname "$PWD/$folder")"
done

check format ruff format --check --quiet .
check ruff ruff check --quiet .
# shellcheck disable=SC2086  # one word per package is wanted
check types mypy --no-error-summary $packages -p workspace_setup \
    -m manifest_check -m retired_words -m site_pages \
    -m drive_in_process -m own_policy -m plan_listener -m health
# Of this tree, whatever is installed: a package may be newer than the environment.
check imports env "PYTHONPATH=${sources#:}" lint-imports --no-cache --no-logo
check spelling codespell --quiet-level 2 ./*.md .ci .github conftest.py docker docs examples interfaces \
    launch requirements src tests tools training
check words python tools/retired_words.py
check manifests python tools/manifest_check.py

if [ -n "$failed" ]; then
    echo "lint: failed:$failed" >&2
    exit 1
fi
echo 'lint: clean'
