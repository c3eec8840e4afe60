#!/usr/bin/env bash
# Trains a DeepFM whose tables, and whose data, are each about twice the memory that it may take, with tables in files (--tables-in), and beside it without limit and in memory.
# The limit is a memory cgroup's, page cache included; swap is not used. Root on Linux. Writes a Markdown table to standard output.
# Usage: eng/larger-than-memory.sh AUTODIM WORK; AUTODIM is the command (./autodim, or the native program of docs/native.md). ROWS (20,000,000), VALUES (2,500,000) of each of
# three large fields, LIMIT (260M) and EPOCHS (1) change what is run. With the defaults WORK takes 7 GB.
set -euo pipefail
autodim="$1" work="$2"
rows="${ROWS:-20000000}" values="${VALUES:-2500000}" limit="${LIMIT:-260M}"
mkdir -p "$work"

if [[ ! -f "$work/data/data.json" ]]; then
  # Nineteen values of twenty by Zipf's law (exponent 1, by the inverse of its continuous form), the others evenly.
  awk -v rows="$rows" -v values="$values" 'function draw(n) { return rand() < .95 ? int(exp(rand() * log(n))) : int(rand() * n) }
    BEGIN { srand(1); OFS = ","; print "click,user,item,page,hour,device,place"
      for (i = 0; i < rows; i++) { u = draw(values); t = draw(values); p = draw(values); h = int(rand() * 24); d = draw(20); l = draw(5000)
        print (rand() < .1 + .5 * ((u % 7) / 7) * ((t % 5) / 4) + .02 * d / 20), u, t, p, h, d, l } }' > "$work/log.csv"
  printf 'label: {column: click}\nsplit: {valid: 0.02, test: 0.02}\nfields:\n  - column: user\n  - column: item\n  - column: page\n  - column: hour\n  - column: device\n  - column: place\n' > "$work/log.yaml"
  "$autodim" prepare "$work/log.csv" --schema "$work/log.yaml" --out "$work/data" --quiet >&2
  rm "$work/log.csv"
fi

if [[ -d /sys/fs/cgroup/memory ]]; then
  group=/sys/fs/cgroup/memory/autodim-limit
  mkdir -p "$group"
  echo "$limit" > "$group/memory.limit_in_bytes"
else
  group=/sys/fs/cgroup/autodim-limit
  mkdir -p "$group"
  echo "$limit" > "$group/memory.max"
  echo 0 > "$group/memory.swap.max" || true
fi
trap 'rmdir "$group"' EXIT

# train NAME LIMITED ARGUMENTS
train() {
  local name="$1" limited="$2" start code=0; shift 2
  rm -rf "${work:?}/$name"
  sync; echo 3 > /proc/sys/vm/drop_caches || true
  start="$(date +%s.%N)"
  (
    if (( limited )); then echo "$BASHPID" > "$group/cgroup.procs"; fi
    exec "$autodim" train "$work/data" --model deepfm --dim 16 --hidden 64,32 --batch-size 4096 --epochs "${EPOCHS:-1}" --tune-l2 0 --quiet --out "$work/$name" "$@"
  ) > "$work/$name.log" 2>&1 || code=$?
  local seconds; seconds="$(awk -v a="$start" -v b="$(date +%s.%N)" 'BEGIN { printf "%.0f", b - a }')"
  echo "| $name | $( (( limited )) && echo "$limit" || echo none) | $( (( code == 0 )) && awk '$1 == "valid" { print $2 }' "$work/$name.log" || echo "ended with $code") | $seconds s |"
}

echo "Data $(du -sm "$work/data" | cut -f1) MB; limit $limit."
echo
echo "| tables | limit | validation AUC | whole command |"
echo "|---|---|---|---|"
train memory 0
train files 0 --tables-in "$work/tables"
train files-limited 1 --tables-in "$work/tables"
train memory-limited 1
