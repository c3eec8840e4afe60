#!/usr/bin/env bash
# All tests. Needs the .NET 10 SDK; everything else comes with the restore, or is installed by root.
# --reliability: the long form of the tests of kills, damage, large numbers and leaks, some fifteen minutes; writes docs/reliability.md.
set -euo pipefail
cd "$(dirname "$0")"
if ! command -v dotnet >/dev/null; then
  echo "test.sh: the .NET 10 SDK is not on PATH; install it from https://dotnet.microsoft.com/download/dotnet/10.0" >&2
  exit 2
fi
# For the tests of the native library, of the Python samples, of pages in a browser and under mpirun, which are skipped without: installed where that may be done.
if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
  missing=()
  command -v gcc >/dev/null || command -v clang >/dev/null || missing+=(gcc libc6-dev)
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
  command -v mpirun >/dev/null || missing+=(mpich)
  python3 -c 'import numpy' 2>/dev/null || /usr/bin/python3 -c 'import numpy' 2>/dev/null || missing+=(python3-numpy)
  if (( ${#missing[@]} )); then
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 \
      || echo "test.sh: could not install ${missing[*]}; some tests will be skipped" >&2
  fi
fi
dotnet build AutoDim.slnx -c Release --nologo -v quiet
if [[ "${1:-}" == --reliability ]]; then
  AUTODIM_RELIABILITY=long exec dotnet test/AutoDim.Tests/bin/Release/net10.0/AutoDim.Tests.dll --no-ansi --filter-trait Category=Reliability "${@:2}"
fi
passed=0 failed=0 status=0
for suite in AutoDim.Tests AutoDim.Tests.Float64; do
  log=$(mktemp)
  dotnet "test/$suite/bin/Release/net10.0/$suite.dll" --no-ansi "$@" 2>&1 | tee "$log" || status=1
  number() { sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -oE "^ *$1: [0-9]+" | grep -oE '[0-9]+' | tail -n 1 || true; }
  total=$(number succeeded) bad=$(number failed)
  if [[ -z "$total" ]]; then status=1; fi # a suite that ran no test has not passed
  passed=$(( passed + ${total:-0} )) failed=$(( failed + ${bad:-0} ))
  rm -f "$log"
done
echo "$passed passed, $failed failed"
exit $status
