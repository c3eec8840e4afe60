using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Search.AutoDim;

namespace AutoDim.Runs;

/// <summary>
/// Starts a planned model from a search: each field's rows are the first d coordinates of the search's, each map is the chosen
/// candidate's with its BatchNorm folded in, W diag(s) and −μ ⊙ s. Where a field keeps all dimensions and so has no map, the
/// map is applied to its rows instead. First-order weights come over; other dense weights, and second vectors of another dimension, start afresh.
/// </summary>
internal static unsafe class Inheriting
{
    public static void Apply(SearchEmbedding search, CtrModel searched, EmbeddingPlan plan, CtrModel model)
    {
        var fields = search.Space.Fields;
        foreach (var table in model.Tables.Concat(searched.Tables)) table.RequireWhole("inheriting what the search learned");
        for (var m = 0; m < fields.Count; m++)
        {
            if (plan.Fields[m].Dim == 0) continue;
            var source = Table(searched, $"embedding.{fields[m].Name}");
            var target = Table(model, $"embedding.{fields[m].Name}");
            var weight = model.Parameters.FirstOrDefault(parameter => parameter.Name == $"map.{fields[m].Name}.weight");
            var (map, bias, slice) = search.FoldedMap(m, target.Dim, weight == null ? target.Dim : plan.MappedDim);
            for (var row = 0L; row < target.Rows; row++) CopyRow(source.Row(row) + slice.Start, target, row, weight == null ? map : null, bias);
            if (weight == null) continue;
            map.CopyTo(weight.Values);
            bias.CopyTo(model.Parameters.Single(parameter => parameter.Name == $"map.{fields[m].Name}.bias").Values);
        }

        foreach (var table in model.Tables.Where(table => table.Name.StartsWith("linear.", StringComparison.Ordinal) && table.Dim == Table(searched, table.Name).Dim))
        {
            Buffer.MemoryCopy(Table(searched, table.Name).Weights.Pointer, table.Weights.Pointer, table.Weights.Bytes, table.Weights.Bytes);
        }
    }

    /// <summary>The row itself, or through a square map.</summary>
    private static void CopyRow(Real* source, EmbeddingTable target, long row, Real[]? map, Real[] bias)
    {
        for (var j = 0; j < target.Dim; j++)
        {
            var sum = map == null ? source[j] : bias[j];
            for (var k = 0; map != null && k < target.Dim; k++) sum += source[k] * map[(k * target.Dim) + j];
            target.Row(row)[j] = sum;
        }
    }

    private static EmbeddingTable Table(CtrModel model, string name) => model.Tables.Single(table => table.Name == name);
}
