#!/usr/bin/env bash
# A training step on 1, 2, 4 and 8 ranks of this machine, one thread each, with tables whole on each rank and spread over them, beside what the cost
# model says of it: DeepFM, dimension 16, hidden 400-400-400, batch 4,096. Writes a Markdown table to standard output and what each run printed into WORK.
# Usage: eng/scaling.sh AUTODIM DATA [WORK]; AUTODIM is the command (./autodim, or artifacts/autodim/autodim of dotnet publish), DATA a prepared folder
# or one that autodim prepare takes. RANKS ("1 2 4 8"), STEPS (150) and BATCH (4096) change what is run; each rank needs a core of its own.
set -euo pipefail
autodim="$1" data="$2" work="${3:-$(mktemp -d)}"
mkdir -p "$work"
if [[ ! -f "$data/data.json" ]]; then
  [[ -f "$work/data/data.json" ]] || "$autodim" prepare "$data" --out "$work/data" --quiet >&2
  data="$work/data"
fi

# number FILE KEY NTH: the nth number of that name in what mpi-check printed: first measured, then by the model.
number() { grep -oE "\"$2\":[0-9.eE+-]+" "$1" | sed -n "$3p" | cut -d: -f2; }

# check RANKS TABLES REPLICATE
check() {
  local file="$work/$1-$2.json" start=()
  (( $1 == 1 )) || start=(mpirun -n "$1")
  "${start[@]}" "$autodim" mpi-check "$data" --model deepfm --dim 16 --hidden 400,400,400 --batch-size "${BATCH:-4096}" --threads 1 --steps "${STEPS:-150}" --replicate "$3" --json > "$file"
  [[ -n "${one:-}" ]] || one="$(number "$file" samplesPerSecond 1)"
  awk -v ranks="$1" -v tables="$2" -v one="$one" \
    -v step="$(number "$file" stepSeconds 1)" -v expected="$(number "$file" stepSeconds 2)" -v messages="$(number "$file" messageSeconds 1)" \
    -v exchanges="$(number "$file" exchangeSeconds 4)" -v sums="$(number "$file" sumSeconds 4)" -v samples="$(number "$file" samplesPerSecond 1)" \
    -v sent="$(number "$file" exchangedBytes 1)" -v formula="$(number "$file" exchangedBytes 2)" \
    'BEGIN { printf "| %d | %s | %.2f ms | %.2f ms | %+.0f%% | %.2f ms | %.2f ms | %.0f | %.0f%% | %.0f | %.0f |\n", ranks, tables, 1000 * step, 1000 * expected, 100 * (expected / step - 1), 1000 * messages, 1000 * (exchanges + sums), samples, 100 * samples / (one * ranks), sent, formula }'
}

echo "| ranks | tables | step | by the model | off by | messages and waiting | messages by the model | samples/s | of one rank's, times the ranks | bytes of rows a rank sends | by the formula |"
echo "|---|---|---|---|---|---|---|---|---|---|---|"
for ranks in ${RANKS:-1 2 4 8}; do
  check "$ranks" whole 16MiB
  (( ranks == 1 )) || check "$ranks" spread 1B
done
