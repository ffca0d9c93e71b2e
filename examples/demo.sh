#!/usr/bin/env bash
# What `make demo` shows: an agent asks for refunds, and every decision is recorded, learned from, exported and proved.
#
# Usage: demo.sh FOLDER, with `lumyn` on the path. What an earlier run left in FOLDER is made anew.

set -euo pipefail

starter=$(cd "$(dirname "$0")/starter" && pwd)

say() { printf '\n# %s\n' "$*"; }
run() {
  printf '\n$ %s\n' "$1"
  eval "$1"
}
id_in() { sed -n 's/.*"decision_id": *"\(dec_[0-9A-Z]*\)".*/\1/p' "$1"; }

mkdir -p "$1" && cd "$1"
rm -rf shop another-machine
mkdir another-machine

say "A workspace: settings, a starter policy, and an empty log with its key."
run "lumyn init shop"
cd shop
cp "$starter"/requests/refund-{small,over-limit,unexplained,risky-card}.json .
sed 's/82731/82907/; s/ZD-1001/ZD-1044/; s/C-9/C-31/' refund-small.json > refund-like-it.json

say "The policy compiles to one file that decides. Its hash says which policy that is, on every machine."
run "lumyn compile .lumyn/policy.lumyn -o .lumyn/policy.lpack"

say "An agent asks for a small refund. The Decision Record is stored before it is printed."
run "lumyn decide --in refund-small.json | tee small-record.json"
first=$(id_in small-record.json)

say "Three others: more than an agent may grant alone, too little evidence, a risky card."
for name in over-limit unexplained risky-card; do
  run "lumyn decide --in refund-$name.json --out $name-record.json"
done
run "lumyn log"

say "Why was the first one trusted?"
run "lumyn explain $first"

say "It went wrong. Somebody says so; the record stays as it is, and the label is added to the log."
run "lumyn label $first --label failure --summary 'The parcel had arrived after all.' --actor support-lead"
run "lumyn show $first | tail -n 3"

say "The next agent asks for the same thing, for another customer. The same policy decides otherwise: it remembers."
run "lumyn decide --in refund-like-it.json --out like-it-record.json"
second=$(id_in like-it-record.json)
run "lumyn explain $second"

say "For the incident ticket: the decision with all that it takes to verify it, and a checkpoint to be kept elsewhere."
run "lumyn checkpoint | tee ../another-machine/checkpoint.txt"
run "lumyn export $second --pack --out ../another-machine/decision_pack.zip"

say "Another folder stands for another machine: no workspace, no log, no network. It is decided again."
run "cd ../another-machine && lumyn replay decision_pack.zip --checkpoint checkpoint.txt"

say "Back at home: every hash of the log, computed again from its bytes, and compared with the checkpoint."
run "cd ../shop && lumyn verify --checkpoint ../another-machine/checkpoint.txt"

say "The workspace is $PWD, to look around in."
