#!/usr/bin/env bash
# A table 1.8 times the memory that one rank may have, with its optimiser's state: one rank cannot train it, two ranks can, each under that limit. The
# limit is on a process's private memory, touched or not (ulimit -d, RLIMIT_DATA). Prints each rank's largest resident memory.
# Usage: eng/beyond-memory.sh AUTODIM [WORK]; AUTODIM is the command (./autodim, or artifacts/autodim/autodim of dotnet publish). LIMIT (MiB, 2048) is
# a rank's; the disk needs 8 times as much in WORK.
set -euo pipefail
autodim="$(realpath "$1")" work="${2:-$(mktemp -d)}" limit="${LIMIT:-2048}"
dim=256
rows=$(( limit * 1024 * 1024 * 18 / 10 / (dim * 4 * 3) )) # numbers of four bytes; Adam has two beside each
mkdir -p "$work"
if [[ ! -f "$work/data/data.json" ]]; then
  # Every page occurs once in training; clicks follow the hour.
  mkdir -p "$work/log"
  printf 'page\t0\t%d\nhour\t%d\t%d\n' "$(( rows - 1 ))" "$rows" "$(( rows + 23 ))" > "$work/log/fields.tsv"
  write() { awk -v rows="$rows" -v count="$2" -v seed="$3" 'BEGIN { srand(seed); for (i = 0; i < count; i++) { hour = int(24 * rand()); print (rand() < hour / 24 ? 1 : -1), i ":1", (rows + hour) ":1" } }' > "$work/log/$1.libfm"; }
  write train "$rows" 1; write valid "$(( rows / 10 ))" 2; write test "$(( rows / 10 ))" 3
  "$autodim" prepare "$work/log" --out "$work/data" --quiet >&2
fi

# train RANKS
train() {
  rm -rf "$work/run-$1"
  mpirun -n "$1" bash -c "ulimit -d $(( limit * 1024 )); exec \"\$@\"" rank "$autodim" train "$work/data" --model fm --dim "$dim" --epochs 1 --batch-size 1024 --threads 1 --quiet --out "$work/run-$1"
}

echo "table of $rows rows of $dim numbers and their state: $(( rows * dim * 12 / 1048576 )) MiB; a rank may have $limit MiB"
if train 1 > "$work/1.log" 2>&1; then echo "one rank: trained, which it should not have been able to"; exit 1; fi
echo "one rank: $(grep -v '^$' "$work/1.log" | head -n 1)"
train 2
echo "two ranks: trained; largest resident memory of each: $(grep -A 3 '"peakRssByRank"' "$work/run-2/result.json" | tr -d '\n ')"
