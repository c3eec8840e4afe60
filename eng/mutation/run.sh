#!/usr/bin/env bash
# Mutation testing of the core: changes it one place at a time and tells which changes no test notices (eng/mutation/README.md). Fails below the least
# score of stryker-config.json, and writes the rows of the files that were tried into the table of docs/reliability.md. Half an hour on two cores.
#   eng/mutation/run.sh [ARGUMENTS OF STRYKER]      such as -m Evaluation/Auc.cs, which tries that file alone
# The changes that no test noticed are named in artifacts/mutation/reports/mutation-report.json.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=$PWD/artifacts/tools work=$PWD/artifacts/mutation page=docs/reliability.md
[[ -x "$tools/dotnet-stryker" ]] || dotnet tool install dotnet-stryker --version 5.1.0 --tool-path "$tools"
status=0
rm -rf "$work"
(cd eng/mutation && RunAnalyzers=false nice -n 15 "$tools/dotnet-stryker" --output "$work" "$@") || status=$?
[[ -f "$work/reports/mutation-report.md" ]] || exit $status # it did not come to an end

# The page's rows, then those of the summary, whose numbers replace them: file, changes, noticed.
{
  sed -n '/^<!-- mutation -->/,/^<!-- \/mutation -->/p' "$page"
  sed 's/\\//g' "$work/reports/mutation-report.md" | awk -F ' *[|] *' '$3 ~ /%$/ { print "| " $2 " | " $11 + $12 " | " $11 " |" }'
} | awk -F ' *[|] *' '
  $2 ~ /\.cs$/ { changes[$2] = $3; noticed[$2] = $4 }
  END { for (file in changes) printf "| %s | %d | %d | %.1f %% |\n", file, changes[file], noticed[file], 100 * noticed[file] / changes[file] }' | LC_ALL=C sort >"$work/rows"
{
  printf '| file of src/AutoDim | changes | noticed | share |\n| --- | --- | --- | --- |\n'
  cat "$work/rows"
  awk -F ' *[|] *' '{ changes += $3; noticed += $4 } END { printf "| all | %d | %d | %.1f %% |\n", changes, noticed, 100 * noticed / changes }' "$work/rows"
} >"$work/table"
sed -i -e '/^<!-- mutation -->/,/^<!-- \/mutation -->/{//!d}' -e "/^<!-- mutation -->/r $work/table" "$page"
exit $status
