#!/usr/bin/env bash
# The NuGet packages and the dotnet tool, into artifacts/packages or the folder given. More arguments go to dotnet pack.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
out="${1:-$root/artifacts/packages}"
shift $(( $# < 1 ? $# : 1 ))
for project in AutoDim AutoDim.Serving AutoDim.MLNet AutoDim.Cli; do
  dotnet pack "$root/src/$project" -c Release --nologo -v quiet -o "$out" "$@"
done
