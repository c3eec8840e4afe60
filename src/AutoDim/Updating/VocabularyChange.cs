using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Models;

namespace AutoDim.Updating;

/// <summary>Which values have rows after an update: those that occur most for their bytes, old and new alike, as far as the budget goes.</summary>
/// <param name="Encoders">From raw value to new row.</param>
/// <param name="Fields">With their new rows.</param>
/// <param name="FormerRows">For each new row of each field the old one; of an admitted value that of unseen ones.</param>
/// <param name="Plan">The old dimensions and storages with the new rows.</param>
/// <param name="Bytes">Deployed embedding bytes.</param>
/// <param name="Changes">What happened to each field.</param>
internal sealed record VocabularyChange(IReadOnlyList<FieldEncoder> Encoders, IReadOnlyList<Field> Fields, IReadOnlyList<long[]> FormerRows, EmbeddingPlan Plan, long Bytes, IReadOnlyList<FieldChange> Changes)
{
    private const double VocabularyBytes = 3.5; // of a value, see FingerprintList

    /// <summary>
    /// Chooses by the mean of a value's share of its field in training and in the new rows, per byte. Where all fit, none goes.
    /// </summary>
    /// <param name="train">Occurrences in training, of each row; null: not known, and only the new rows count.</param>
    /// <param name="minCounts">Least occurrences of a new value, of each field.</param>
    /// <param name="budget">Most deployed embedding bytes.</param>
    /// <exception cref="AutoDimException">Not even a model without any of the values is so small.</exception>
    public static VocabularyChange Choose(ModelManifest manifest, IReadOnlyList<FieldEncoder> encoders, IReadOnlyList<long[]>? train, RawCells cells, IReadOnlyList<long> minCounts, long budget)
    {
        var linear = ModelCatalog.Find(manifest.Model).LinearRow(manifest.Options);
        var now = RowCounts.Of(cells.Encode(encoders), manifest.Fields);
        var values = Enumerable.Range(0, encoders.Count).SelectMany(ValuesOf)
            .OrderByDescending(value => value.Worth).ThenBy(value => value.IsNew).ThenBy(value => value.Field).ThenBy(value => value.Row).ThenBy(value => value.Cell).ToArray();
        var whole = With(values.Length);
        if (whole.Bytes <= budget) return whole;
        var best = With(0);
        if (best.Bytes > budget) throw new AutoDimException($"no update of the model is as small as {budget} bytes: without any value it has {best.Bytes}; raise --budget");
        var (fits, tooMany) = (0, values.Length);
        while (tooMany - fits > 1)
        {
            var middle = (fits + tooMany) / 2;
            var change = With(middle);
            if (change.Bytes <= budget) (fits, best) = (middle, change);
            else tooMany = middle;
        }

        return best;

        IEnumerable<Value> ValuesOf(int m)
        {
            if (encoders[m] is not VocabularyEncoder) yield break; // computed rows, and ids that are rows, stay
            var bytes = PlanBytes.OfValue(manifest.Plan.Fields[m].Dim, manifest.Plan.Fields[m].Storage, linear) + VocabularyBytes;
            double trainEntries = Math.Max(1, train?[m].Sum() ?? 1), newEntries = Math.Max(1, now[m].Sum());
            for (var row = FieldEncoder.ReservedRows; row < encoders[m].Rows; row++) yield return new Value(m, row, 0, (((train?[m][row] ?? 0) / trainEntries) + (now[m][row] / newEntries)) / bytes);
            foreach (var (cell, count) in Unseen(cells, encoders[m], m))
            {
                if (count >= minCounts[m]) yield return new Value(m, Value.NoRow, cell, count / newEntries / bytes);
            }
        }

        VocabularyChange With(int taken)
        {
            var chosen = values.AsSpan(0, taken).ToArray().ToLookup(value => value.Field);
            var candidates = values.CountBy(value => value.Field, null).ToDictionary();
            FieldEncoder[] changed = [.. encoders];
            long[][] former = [.. encoders.Select(encoder => Enumerable.Range(0, (int)encoder.Rows).Select(row => (long)row).ToArray())];
            for (var m = 0; m < changed.Length; m++)
            {
                if (encoders[m] is not VocabularyEncoder encoder) continue;
                var kept = chosen[m].Where(value => !value.IsNew).Select(value => value.Row).ToHashSet();
                changed[m] = encoder.Change(kept.Contains, [.. chosen[m].Where(value => value.IsNew).Select(value => value.Cell)], out former[m]);
            }

            Field[] fields = [.. manifest.Fields.Select((field, m) => field with { Rows = changed[m].Rows, VocabularyBytes = encoders[m] is VocabularyEncoder ? changed[m].VocabularyBytes : field.VocabularyBytes })];
            var plan = EmbeddingPlan.Of(fields, manifest.Dims, manifest.Storages, manifest.MinCounts, manifest.Forms) with { Projection = manifest.Projection };
            FieldChange[] changes = [.. fields.Select((field, m) =>
            {
                var old = encoders[m] is VocabularyEncoder ? encoders[m].Rows - FieldEncoder.ReservedRows : 0;
                long keptOld = chosen[m].Count(value => !value.IsNew), admitted = field.Rows - manifest.Fields[m].Rows + old - keptOld;
                return new FieldChange(field.Name, manifest.Fields[m].Rows, field.Rows, admitted, old - keptOld, candidates.GetValueOrDefault(m) - old - admitted);
            })];
            return new VocabularyChange(changed, fields, former, plan, PlanBytes.Of(plan, fields, linear).Deployed, changes);
        }
    }

    /// <summary>How often each value occurs that has no row.</summary>
    private static Dictionary<ulong, long> Unseen(RawCells cells, FieldEncoder encoder, int field)
    {
        var counts = new Dictionary<ulong, long>();
        for (var c = 0; c < cells.Cells.Length; c++)
        {
            if (cells.FieldOf[c] != field) continue;
            foreach (var cell in cells.Cells[c])
            {
                if (encoder.RowOf(cell) == FieldEncoder.UnseenRow) counts[cell] = counts.GetValueOrDefault(cell) + 1;
            }
        }

        return counts;
    }

    /// <param name="Row">The old row; <see cref="NoRow"/> for a new value.</param>
    /// <param name="Worth">Share of the field's values, per byte.</param>
    private sealed record Value(int Field, long Row, ulong Cell, double Worth)
    {
        public const long NoRow = -1;

        public bool IsNew => Row == NoRow;
    }
}

/// <summary>A field's rows before and after an update.</summary>
/// <param name="Admitted">New values that have a row now.</param>
/// <param name="Evicted">Old values that have none any more.</param>
/// <param name="LeftOut">New values that occur often enough, but for which there are no bytes.</param>
internal sealed record FieldChange(string Field, long RowsBefore, long RowsAfter, long Admitted, long Evicted, long LeftOut);
