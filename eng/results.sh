#!/usr/bin/env bash
# Every figure of docs/results.md: prepares the data, trains, searches, and writes the tables. Hours on two cores; started again it
# goes on where it stopped. Usage: eng/results.sh [DATA FOLDER] [WORK FOLDER] [STEP ...]; steps: bars, models, frappe, ml10m-tags, ml1m, seeds, demo, raw,
# defaults
# THREADS sets the threads of each command; results do not depend on it, so two steps may run side by side with one thread each.
set -euo pipefail
cd "$(dirname "$0")/.."
data="${1:-../shared/data}" work="${2:-runs/results}"
shift $(( $# < 2 ? $# : 2 ))
steps="${*:-bars models frappe ml10m-tags ml1m seeds demo raw defaults}"
mkdir -p "$work"

prepare() { [[ -f "$work/data/$1/data.json" ]] || ./autodim prepare "$data/$1" --out "$work/data/$1"; }

# train NAME DATA ARGUMENTS: three seeds, test split read at the end.
train() {
  local name="$1" set="$2"; shift 2
  [[ -f "docs/results/train-$name.json" ]] && return
  ./autodim train "$work/data/$set" --seeds 3 --test --threads "${THREADS:-0}" --out "$work/train-$name" "$@"
  cp "$work/train-$name/result.json" "docs/results/train-$name.json"
}

# run NAME DATA ARGUMENTS: full model, every baseline, three seeds.
run() {
  local name="$1" set="$2"; shift 2
  [[ -f "docs/results/run-$name.json" ]] && return
  ./autodim run "$work/data/$set" --seeds 3 --baselines all --hidden 128,128 --threads "${THREADS:-0}" --out "$work/run-$name" "$@"
  cp "$work/run-$name/result.json" "docs/results/run-$name.json"
}

# raw SCHEMA FILE ARGUMENTS: prepare a raw file, then the default run.
raw() {
  local name="$1" file="$2"; shift 2
  [[ -f "docs/results/default-$name.json" ]] && return
  [[ -f "$data/$file" ]] || file="$name/$file"
  [[ -f "$work/data/$name/data.json" ]] || ./autodim prepare "$data/$file" --schema "samples/schemas/$name.yaml" --out "$work/data/$name" "$@"
  ./autodim run "$work/data/$name" --model deepfm --hidden 128,128 --threads "${THREADS:-0}" --out "$work/default-$name"
  cp "$work/default-$name/result.json" "docs/results/default-$name.json"
}

for step in $steps; do
  case "$step" in
    bars) # the public benchmark's settings (BARS): dimension 10, 400-400-400, batch 4096
      prepare frappe
      prepare ml10m-tags
      train frappe-deepfm frappe --model deepfm --dim 10 --table-l2 0.05 --dropout 0.2
      train frappe-widedeep frappe --model widedeep --dim 10 --table-l2 0.1 --dropout 0.6
      train frappe-dnn frappe --model dnn --dim 10 --table-l2 0.05 --dropout 0.2
      train frappe-fm frappe --model fm --dim 10 --table-l2 5e-6
      train frappe-lr frappe --model lr --table-l2 1e-5
      train ml10m-tags-deepfm ml10m-tags --model deepfm --dim 10 --table-l2 0.01 --dropout 0.3
      ;;
    models) # the other models at the public benchmark's settings
      prepare frappe
      bars="--dim 10 --table-l2 0.05"
      train frappe-dcn frappe --model dcn $bars --dropout 0.2 --cross-layers 3
      train frappe-dcnv2 frappe --model dcnv2 $bars --dropout 0.4 --cross-layers 4
      train frappe-ipnn frappe --model ipnn $bars --dropout 0.3 --batch-norm false
      train frappe-nfm frappe --model nfm --dim 10 --table-l2 1e-4 --dropout 0.4 --batch-norm false
      train frappe-finalmlp frappe --model finalmlp $bars --hidden 400 --dropout 0.4 --second-hidden 100 --fusion-heads 5
      train frappe-xdeepfm frappe --model xdeepfm --dim 10 --table-l2 0.1 --dropout 0.2 --interaction-units 64
      train frappe-fwfm frappe --model fwfm --dim 10 --table-l2 5e-6
      train frappe-autoint+ frappe --model autoint+ --dim 10 --table-l2 0.1 --dropout 0.1 --attention-layers 5 --attention-units 128 --attention-heads 4
      train frappe-afm frappe --model afm --dim 10 --table-l2 1e-5 --attention-units 128 --attention-dropout 0.1
      train frappe-ffm frappe --model ffm --dim 100 --table-l2 5e-6
      ;;
    seeds) # how far searches with different seeds agree
      prepare ml1m
      for seed in 1 2 3; do
        plan="docs/results/plan-ml1m-deepfm-seed$seed.json"
        [[ -f "$plan" ]] && continue
        ./autodim search "$work/data/ml1m" --model deepfm --hidden 128,128 --seed "$seed" --threads "${THREADS:-0}" --out "$work/search-ml1m-deepfm-$seed"
        cp "$work/search-ml1m-deepfm-$seed/plan.json" "$plan"
      done
      ;;
    raw) # small public data sets from their raw files, by the schemas of samples/
      raw adult adult.data --test "$data/adult/adult.test"
      raw bank bank-additional-full.csv
      raw coupon in-vehicle-coupon-recommendation.csv
      raw amazon-employee amazon.csv
      raw criteo criteo-8k/train.tsv --valid "$data/criteo-8k/dev.tsv" --test "$data/criteo-8k/test.tsv"
      raw avazu avazu-9k/train.csv --valid "$data/avazu-9k/dev.csv" --test "$data/avazu-9k/test.csv"
      raw ipinyou ipinyou/train.tsv --test "$data/ipinyou/test.tsv"
      ;;
    defaults) # default runs on the larger sets
      for set in ml10m-tags frappe ml1m; do
        prepare "$set"
        for model in deepfm fm widedeep; do
          name="$set-$model"
          [[ -f "docs/results/default-$name.json" ]] && continue
          ./autodim run "$work/data/$set" --model "$model" --hidden 128,128 --threads "${THREADS:-0}" --out "$work/default-$name"
          cp "$work/default-$name/result.json" "docs/results/default-$name.json"
        done
      done
      ;;
    demo) # planted dimensions against found ones
      for seed in 1 2 3 4 5; do
        [[ -f "docs/results/demo-seed$seed.json" ]] && continue
        ./autodim demo --seed "$seed" --threads "${THREADS:-0}" --out "$work/demo-$seed"
        cp "$work/demo-$seed/result.json" "docs/results/demo-seed$seed.json"
      done
      ;;
    *)
      prepare "$step"
      for model in deepfm fm widedeep; do run "$step-$model" "$step" --model "$model"; done
      ;;
  esac
  ./autodim results docs/results --into docs/results.md
done
