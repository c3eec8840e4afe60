#!/usr/bin/env bash
# Every figure of docs/results.md: prepares the data, trains, searches, and writes the tables. Hours on two cores; started again it
# goes on where it stopped. Usage: eng/results.sh [DATA FOLDER] [WORK FOLDER] [STEP ...]; steps: bars, models, zoo, histories, transfer, frappe, ml10m-tags,
# ml1m, seeds, demo, raw, defaults, slim, frontier, teachers
# THREADS sets the threads of each command; results do not depend on it, so two steps may run side by side with one thread each.
set -euo pipefail
cd "$(dirname "$0")/.."
data="${1:-../shared/data}" work="${2:-runs/results}"
shift $(( $# < 2 ? $# : 2 ))
steps="${*:-bars models zoo histories transfer frappe ml10m-tags ml1m seeds demo raw defaults slim frontier teachers}"
models="lr fm ffm fwfm afm nfm dnn fnn ipnn opnn pnn widedeep deepfm autofis dcn dcnv2 xdeepfm autoint autoint+ finalmlp"
mkdir -p "$work"

prepare() { [[ -f "$work/data/$1/data.json" ]] || ./autodim prepare "$data/$1" --out "$work/data/$1"; }

# train NAME DATA ARGUMENTS: three seeds, test split read at the end.
train() {
  local name="$1" set="$2"; shift 2
  [[ -f "docs/results/$name.json" ]] && return
  ./autodim train "$work/data/$set" --seeds 3 --test --threads "${THREADS:-0}" --out "$work/$name" "$@"
  cp "$work/$name/result.json" "docs/results/$name.json"
}

# run NAME DATA ARGUMENTS: full model, every baseline, three seeds.
run() {
  local name="$1" set="$2"; shift 2
  [[ -f "docs/results/run-$name.json" ]] && return
  ./autodim run "$work/data/$set" --seeds 3 --baselines all --hidden 128,128 --threads "${THREADS:-0}" --out "$work/run-$name" "$@"
  cp "$work/run-$name/result.json" "docs/results/run-$name.json"
}

# prepare_raw SCHEMA FILE ARGUMENTS: prepare a raw file.
prepare_raw() {
  local name="$1" file="$2"; shift 2
  [[ -f "$data/$file" ]] || file="$name/$file"
  [[ -f "$work/data/$name/data.json" ]] || ./autodim prepare "$data/$file" --schema "samples/schemas/$name.yaml" --out "$work/data/$name" "$@"
}

# default NAME DATA MODEL: the default run, one seed.
default() {
  local name="$1" set="$2" model="$3"
  [[ -f "docs/results/default-$name.json" ]] && return
  ./autodim run "$work/data/$set" --model "$model" --hidden 128,128 --threads "${THREADS:-0}" --out "$work/default-$name"
  cp "$work/default-$name/result.json" "docs/results/default-$name.json"
}

# compare NAME DATA ARGUMENTS: methods within the same bytes; comparisons of one data set share their trainings.
compare() {
  local name="$1" set="$2"; shift 2
  [[ -f "docs/results/$name.json" ]] && return
  ./autodim compare "$work/data/$set" --threads "${THREADS:-0}" --out "$work/compare-$set" "$@"
  cp "$work/compare-$set/result.json" "docs/results/$name.json"
}

# compare_alone NAME DATA ARGUMENTS: likewise with other settings than the data set's other comparisons.
compare_alone() {
  local name="$1" set="$2"; shift 2
  [[ -f "docs/results/$name.json" ]] && return
  ./autodim compare "$work/data/$set" --threads "${THREADS:-0}" --out "$work/$name" "$@"
  cp "$work/$name/result.json" "docs/results/$name.json"
}

# taught DATA ARGUMENTS: a comparison without a teacher, and with two shares of one.
taught() {
  local set="$1"; shift
  for share in 0 0.5 0.9; do
    [[ -f "docs/results/compare-$set-taught-$share.json" ]] && continue
    ./autodim compare "$work/data/$set" --threads "${THREADS:-0}" --out "$work/taught-$set" --distillation "$share" "$@"
    cp "$work/taught-$set/result.json" "docs/results/compare-$set-taught-$share.json"
  done
}

# taught_full DATA ARGUMENTS: the full model taught by itself, of the same folder.
taught_full() {
  local set="$1"; shift
  [[ -f "docs/results/compare-$set-taught-full.json" ]] && return
  ./autodim compare "$work/data/$set" --threads "${THREADS:-0}" --out "$work/taught-$set" --methods uniform --storages float32 --budgets 100% --distillation 0.5 "$@"
  cp "$work/taught-$set/result.json" "docs/results/compare-$set-taught-full.json"
}

# raw SCHEMA FILE ARGUMENTS: prepare a raw file, then the default run.
raw() {
  [[ -f "docs/results/default-$1.json" ]] && return
  prepare_raw "$@"
  default "$1" "$1" deepfm
}

for step in $steps; do
  case "$step" in
    bars) # the public benchmark's settings (BARS): dimension 10, 400-400-400, batch 4096
      prepare frappe
      prepare ml10m-tags
      train train-frappe-deepfm frappe --model deepfm --dim 10 --table-l2 0.05 --dropout 0.2
      train train-frappe-widedeep frappe --model widedeep --dim 10 --table-l2 0.1 --dropout 0.6
      train train-frappe-dnn frappe --model dnn --dim 10 --table-l2 0.05 --dropout 0.2
      train train-frappe-fm frappe --model fm --dim 10 --table-l2 5e-6
      train train-frappe-lr frappe --model lr --table-l2 1e-5
      train train-ml10m-tags-deepfm ml10m-tags --model deepfm --dim 10 --table-l2 0.01 --dropout 0.3
      ;;
    models) # the other models at the public benchmark's settings
      prepare frappe
      bars="--dim 10 --table-l2 0.05"
      train train-frappe-dcn frappe --model dcn $bars --dropout 0.2 --cross-layers 3
      train train-frappe-dcnv2 frappe --model dcnv2 $bars --dropout 0.4 --cross-layers 4
      train train-frappe-ipnn frappe --model ipnn $bars --dropout 0.3 --batch-norm false
      train train-frappe-nfm frappe --model nfm --dim 10 --table-l2 1e-4 --dropout 0.4 --batch-norm false
      train train-frappe-finalmlp frappe --model finalmlp $bars --hidden 400 --dropout 0.4 --second-hidden 100 --fusion-heads 5
      train train-frappe-xdeepfm frappe --model xdeepfm --dim 10 --table-l2 0.1 --dropout 0.2 --interaction-units 64
      train train-frappe-fwfm frappe --model fwfm --linear-term value-vectors --dim 10 --table-l2 5e-6
      train form-frappe-fwfm-field-vectors frappe --model fwfm --dim 10 --table-l2 5e-6
      train form-frappe-fwfm-value-weights frappe --model fwfm --linear-term value-weights --dim 10 --table-l2 5e-6
      train train-frappe-autoint frappe --model autoint $bars --dropout 0 --attention-layers 6 --attention-units 128 --attention-heads 4
      train train-frappe-autoint+ frappe --model autoint+ --dim 10 --table-l2 0.1 --dropout 0.1 --attention-layers 5 --attention-units 128 --attention-heads 4
      train train-frappe-afm frappe --model afm --dim 10 --table-l2 1e-5 --attention-units 128 --attention-dropout 0.1
      train form-frappe-afm-steady-rate frappe --model afm --dim 10 --table-l2 1e-5 --attention-units 128 --attention-dropout 0.1 --plateau-factor 1 --patience 5
      train train-frappe-ffm frappe --model ffm --dim 100 --table-l2 5e-6
      ;;
    zoo) # every model, each with its own L2
      for set in ml10m-tags ml1m; do
        prepare "$set"
        for model in $models; do
          l2=1e-5,1e-4,1e-3,1e-2,5e-2
          # an epoch takes minutes there, and every model with hidden layers chose 1e-3 of five; xDeepFM, AutoInt and AutoInt+ so far with 1e-3 alone
          case "$set-$model" in ml1m-fnn|ml1m-ipnn|ml1m-opnn|ml1m-pnn|ml1m-autofis|ml1m-xdeepfm|ml1m-autoint|ml1m-autoint+) l2=1e-4,1e-3,1e-2 ;; esac
          train "zoo-$set-$model" "$set" --model "$model" --dim 16 --hidden 128,128 --tune-l2 "$l2"
        done
      done
      ;;
    histories) # what behaviour sequences are worth
      prepare_raw ml100k u.data
      for model in dnn youtubednn din; do
        train "zoo-ml100k-$model" ml100k --model "$model" --dim 16 --hidden 128,64 --batch-size 512 --tune-l2 1e-4,1e-3,1e-2,5e-2
      done
      default ml100k-din ml100k din
      ;;
    transfer) # dimensions found with FM, used in other models
      prepare frappe
      search="$work/transfer-frappe-fm"
      [[ -f "$search/plan.json" ]] || ./autodim search "$work/data/frappe" --model fm --table-l2 1e-4 --budget 50% --threads "${THREADS:-0}" --out "$search"
      cp "$search/plan.json" docs/results/plan-transfer-frappe-fm.json
      for model in nfm ipnn autoint; do
        for dim in 32 15; do
          train "transfer-frappe-$model-uniform-$dim" frappe --model "$model" --dim "$dim" --hidden 128,128 --tune-l2 1e-4,1e-3,1e-2,5e-2
        done
        train "transfer-frappe-$model-plan" frappe --model "$model" --plan "$search/plan.json" --hidden 128,128 --tune-l2 1e-4,1e-3,1e-2,5e-2
      done
      ;;
    slim) # AutoDim on every model
      prepare ml10m-tags
      for model in $models; do
        if [[ "$model" != lr ]]; then default "ml10m-tags-$model" ml10m-tags "$model"; fi
      done
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
    frontier) # methods within the same bytes
      prepare frappe
      compare compare-frappe-deepfm frappe --hidden 128,128 --tune-l2 0.05 --seeds 3 --methods uniform,measured,measured-folding,dpq,mgqe --storages int4 --budgets 10%,5%
      compare compare-frappe-deepfm-rounded frappe --hidden 128,128 --tune-l2 0.05 --seeds 3 --methods uniform,rounded,measured-folding,measured-rounded --storages int4,int2 --budgets 10%,5%
      compare compare-frappe-deepfm-blocks-one-seed frappe --hidden 128,128 --tune-l2 0.05 --seeds 1 --methods uniform,rounded,measured-folding,measured-rounded,measured-blocks,measured-blocks-rounded --storages int4,int2 --budgets 10%,5%
      compare compare-frappe-deepfm-blocks frappe --hidden 128,128 --tune-l2 0.05 --seeds 3 --methods uniform,measured-rounded,measured-blocks-rounded --storages int2 --budgets 5%
      compare_alone compare-frappe-fm frappe --models fm --tune-l2 1e-6,1e-5,1e-4 --seeds 3 --methods uniform,mde,autodim,measured-folding,measured-blocks-rounded --storages int4 --budgets 10%,5%
      compare_alone compare-frappe-three-bits frappe --hidden 128,128 --tune-l2 0.05 --seeds 3 --methods uniform,measured-blocks-rounded --storages int4,int3,int2 --budgets 5% --distillation 0.5
      compare_alone compare-frappe-first-order frappe --hidden 128,128 --tune-l2 0.05 --seeds 3 --methods uniform,measured-blocks-rounded --storages int4,int3 --budgets 5% --distillation 0.5 --first-order field-vectors
      compare_alone compare-frappe-mixed frappe --hidden 128,128 --tune-l2 0.05 --seeds 3 --methods uniform,measured-blocks-mixed --storages int4,int3,int2 --budgets 10%,5% --distillation 0.5 --first-order field-vectors
      compare_alone compare-frappe-fm-mixed frappe --models fm --tune-l2 1e-6,1e-5,1e-4 --seeds 3 --methods uniform,measured-blocks-mixed --storages int4,int3,int2 --budgets 10%,5%
      compare_alone compare-frappe-fm-first-order frappe --models fm --tune-l2 1e-6,1e-5,1e-4 --seeds 3 --methods uniform,measured-folding,measured-blocks-rounded --storages int4 --budgets 5% --first-order field-vectors
      prepare ml1m
      compare compare-ml1m-deepfm-blocks ml1m --hidden 128,128 --tune-l2 1e-3 --seeds 1 --methods uniform,measured-folding,measured-blocks --storages int4 --budgets 10%,5%
      compare compare-ml1m-deepfm-one-seed ml1m --hidden 128,128 --tune-l2 1e-3 --seeds 1 --methods uniform,measured-folding --storages int4 --budgets 10%,5%
      compare compare-ml1m-deepfm-twentieth ml1m --hidden 128,128 --tune-l2 1e-3 --seeds 3 --methods uniform,measured-folding,measured-blocks-rounded --storages int4 --budgets 5%
      compare compare-ml1m-deepfm ml1m --hidden 128,128 --tune-l2 1e-3 --seeds 3 --methods uniform,measured-folding --storages int4 --budgets 10%
      compare_alone compare-ml1m-first-order ml1m --hidden 128,128 --tune-l2 1e-3 --seeds 3 --projection linear --methods uniform,measured-blocks-rounded --storages int3 --budgets 5% --distillation 0.5 --first-order field-vectors
      compare_alone compare-ml1m-first-order-zeros ml1m --hidden 128,128 --tune-l2 1e-3 --seeds 3 --projection zero-padding --methods uniform,measured-blocks-rounded --storages int3 --budgets 5% --distillation 0.5 --first-order field-vectors
      compare_alone compare-ml1m-mixed ml1m --hidden 128,128 --tune-l2 1e-3 --seeds 3 --projection zero-padding --methods uniform,measured-blocks-mixed --storages int4,int3,int2 --budgets 10%,5% --distillation 0.5 --first-order field-vectors
      compare_alone compare-ml1m-fm ml1m --models fm --tune-l2 1e-5 --seeds 3 --methods uniform,mde,autodim,measured-folding,measured-blocks-rounded --storages int4 --budgets 5%
      prepare ml10m-tags
      compare compare-ml10m-tags ml10m-tags --models deepfm,fm --hidden 128,128 --tune-l2 1e-5,1e-4,5e-2 --seeds 3 --methods uniform,mde,autodim,measured-folding,measured-blocks-rounded --storages int4 --budgets 10%,5%
      compare_alone compare-ml10m-tags-first-order ml10m-tags --hidden 128,128 --tune-l2 0.05 --seeds 3 --methods uniform,measured-blocks-rounded --storages int4,int3 --budgets 5% --distillation 0.5 --first-order field-vectors
      compare_alone compare-ml10m-tags-mixed ml10m-tags --hidden 128,128 --tune-l2 0.05 --seeds 3 --methods uniform,measured-blocks-mixed --storages int4,int3,int2 --budgets 10%,5% --distillation 0.5 --first-order field-vectors
      compare_alone compare-ml10m-tags-fm-mixed ml10m-tags --models fm --hidden 128,128 --tune-l2 1e-5,1e-4,5e-2 --seeds 3 --methods uniform,measured-blocks-mixed --storages int4,int3,int2 --budgets 10%,5%
      prepare_raw amazon-employee amazon.csv
      compare compare-amazon-employee amazon-employee --models fm,deepfm --hidden 128,128 --seeds 5 --methods uniform,mde,autodim,measured,folding,measured-folding --storages int4 --budgets 25%,10%,5%,2.5%
      compare compare-amazon-employee-blocks amazon-employee --models fm,deepfm --hidden 128,128 --seeds 5 --methods uniform,folding,measured-folding,measured-blocks --storages int4 --budgets 25%,10%,5%,2.5%
      if [[ ! -f "$work/planted-1m/data/clicks/data.json" ]]; then ./autodim demo --rows 3000000 --values 1350000 --data-only --out "$work/planted-1m"; fi
      ln -sfn ../planted-1m/data/clicks "$work/data/planted-1m"
      compare compare-planted-1m-deepfm planted-1m --hidden 128,128 --tune-l2 1e-4 --seeds 3 --methods uniform,folding,measured-folding,measured-blocks-rounded --storages int4 --budgets 5%
      compare compare-frappe-deepfm-forms frappe --hidden 128,128 --tune-l2 0.05 --seeds 1 --methods uniform,hashing,qr,tt-rec,robe,dpq,mgqe --storages float32 --budgets 25%,10%
      compare compare-frappe-deepfm-searched frappe --hidden 128,128 --tune-l2 0.05 --seeds 1 --methods uniform,optembed,nis,nis-multi,autoemb --storages float16 --budgets 25%,10%
      compare compare-frappe-deepfm-storages frappe --hidden 128,128 --tune-l2 0.05 --seeds 1 --methods uniform,mde,spectral,autodim,measured --storages float32,int8,int4 --budgets 50%,25%,10%,5%
      ;;
    teachers) # the same models with the full model's predictions in their labels, and without
      for set in frappe ml1m ml10m-tags; do prepare "$set"; done
      prepare_raw amazon-employee amazon.csv
      prepare_raw bank bank-additional-full.csv
      taught frappe --hidden 128,128 --tune-l2 0.05 --seeds 3 --methods uniform,measured-blocks-rounded --storages int4,int2 --budgets 5%
      taught ml1m --hidden 128,128 --tune-l2 1e-3 --seeds 3 --projection linear --methods uniform,measured-blocks-rounded --storages int4 --budgets 5%
      taught ml10m-tags --hidden 128,128 --tune-l2 0.05 --seeds 3 --methods uniform,measured-blocks-rounded --storages int4 --budgets 5%
      taught_full frappe --hidden 128,128 --tune-l2 0.05 --seeds 3
      taught_full ml10m-tags --hidden 128,128 --tune-l2 0.05 --seeds 3
      taught amazon-employee --hidden 400,400,400 --tune-l2 0.05 --seeds 5 --methods uniform,folding,measured-folding --storages int4 --budgets 10%,5%
      taught bank --hidden 64,64 --tune-l2 1e-3 --seeds 5 --methods uniform,measured-folding --storages int4 --budgets 25%,10%
      compare_alone compare-amazon-employee-first-order amazon-employee --hidden 400,400,400 --tune-l2 0.05 --seeds 5 --methods uniform,folding,measured-folding --storages int4 --budgets 10%,5% --distillation 0.5 --first-order field-vectors
      compare_alone compare-amazon-employee-mixed amazon-employee --hidden 400,400,400 --tune-l2 0.05 --seeds 5 --methods uniform,measured-blocks-rounded,measured-blocks-mixed --storages int4,int3,int2 --budgets 10%,5% --distillation 0.5 --first-order field-vectors
      compare_alone compare-bank-first-order bank --hidden 64,64 --tune-l2 1e-3 --seeds 5 --methods uniform,measured-folding --storages int4 --budgets 25%,10% --distillation 0.5 --first-order field-vectors
      ;;
    defaults) # default runs on the larger sets
      for set in ml10m-tags frappe ml1m; do
        prepare "$set"
        for model in deepfm fm widedeep; do default "$set-$model" "$set" "$model"; done
      done
      ;;
    demo) # planted dimensions against found ones
      for seed in 1 2 3 4 5; do
        [[ -f "docs/results/demo-seed$seed.json" ]] && continue
        ./autodim demo --seed "$seed" --threads "${THREADS:-0}" --out "$work/demo-$seed"
        cp "$work/demo-$seed/result.json" "docs/results/demo-seed$seed.json"
      done
      ;;
    ml1m) # one L2 for the deep models: the full DeepFM's best of the four (docs/results/zoo-ml1m-*.json and run-ml1m-fm.json tune theirs)
      prepare ml1m
      run ml1m-fm ml1m --model fm
      for model in deepfm widedeep; do run "ml1m-$model" ml1m --model "$model" --tune-l2 1e-3; done
      ;;
    *)
      prepare "$step"
      for model in deepfm fm widedeep; do run "$step-$model" "$step" --model "$model"; done
      ;;
  esac
  ./autodim results docs/results --into docs/results.md
  ./autodim results docs/results --into docs/frontier.md
done
