#!/usr/bin/env bash
# Coverage-guided fuzzing with afl++ (Debian: apt-get install afl++) and SharpFuzz.
#   eng/fuzz/run.sh READER [SECONDS]      READER: a name of FuzzedReaders.Names in test/AutoDim.Tests/Fuzzing, such as csv
# Inputs that a reader fails with lie in artifacts/fuzz/READER/default/crashes and hangs: mend it, then keep them in
# test/AutoDim.Tests/Fuzzing/Corpus/READER, which the tests try ever after.
set -euo pipefail
reader=${1:?a reader, such as csv} seconds=${2:-60}
cd "$(dirname "$0")/../.."
root=$PWD work=$PWD/artifacts/fuzz
mkdir -p "$work"
command -v afl-fuzz >/dev/null || { echo "eng/fuzz/run.sh: install afl++ first: apt-get install afl++" >&2; exit 2; }
[[ -x "$work/tools/sharpfuzz" ]] || dotnet tool install SharpFuzz.CommandLine --version 2.3.0 --tool-path "$work/tools"
rm -rf "${work:?}/program" # what is instrumented already cannot be once more
dotnet publish eng/fuzz -c Release --nologo -v quiet -o "$work/program" -p:ValidateExecutableReferencesMatchSelfContained=false
for library in AutoDim AutoDim.Serving; do "$work/tools/sharpfuzz" "$work/program/$library.dll"; done
rm -rf "${work:?}/$reader" "$work/$reader-seeds"
mkdir -p "$work/$reader-seeds"
AUTODIM_FUZZ_SEEDS="$work/$reader-seeds" dotnet "$root/test/AutoDim.Tests/bin/Release/net10.0/AutoDim.Tests.dll" --no-ansi --filter-method '*Read_GoodInputs_Taken' >/dev/null
[[ -d test/AutoDim.Tests/Fuzzing/Corpus/$reader ]] && cp "test/AutoDim.Tests/Fuzzing/Corpus/$reader/"* "$work/$reader-seeds/"
find "$work/$reader-seeds" -type f -name '*~*' ! -name "$reader~*" -delete
AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_FORKSRV_INIT_TMOUT=120000 AFL_NO_AFFINITY=1 \
  afl-fuzz -i "$work/$reader-seeds" -o "$work/$reader" -t 60000 -m none -V "$seconds" dotnet "$work/program/AutoDim.Fuzz.dll" "$reader" >"$work/$reader.log" 2>&1 || { tail -n 20 "$work/$reader.log" >&2; exit 1; }
grep -E '^(execs_done|edges_found|corpus_count|saved_crashes|saved_hangs) ' "$work/$reader/default/fuzzer_stats"
