#!/usr/bin/env bash
# A bill of materials (CycloneDX JSON) of each program and library under src/, into artifacts/sbom or the folder given, and what the package
# feed knows of vulnerabilities.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
out="${1:-$root/artifacts/sbom}"
tools="$root/artifacts/tools"
[[ -x "$tools/dotnet-CycloneDX" ]] || dotnet tool install CycloneDX --version 6.3.1 --tool-path "$tools"
mkdir -p "$out"
for project in AutoDim AutoDim.Onnx AutoDim.Serving AutoDim.MLNet AutoDim.Native AutoDim.Cli; do
  "$tools/dotnet-CycloneDX" "$root/src/$project/$project.csproj" --output "$out" --filename "$project.cdx.json" --output-format Json --disable-package-restore --exclude-dev --set-name "$project"
done
dotnet list "$root/AutoDim.slnx" package --vulnerable --include-transitive || echo "eng/sbom.sh: the feed does not tell of vulnerabilities" >&2
