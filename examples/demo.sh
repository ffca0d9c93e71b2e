#!/usr/bin/env bash
# Compile the starter policy and decide real requests with it. Needs `lumyn` on the PATH.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/starter"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

show() {
  printf '\n$ %s\n' "${*//"$scratch/"/}"
  "$@"
}

show lumyn compile policy.lumyn -o "$scratch/support.lpack"
show lumyn inspect "$scratch/support.lpack"
for request in refund-small refund-over-limit refund-unexplained refund-risky-card; do
  show lumyn eval "$scratch/support.lpack" --in "requests/$request.json"
done
