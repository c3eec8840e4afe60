using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;

namespace AutoDim.Compression;

/// <summary>
/// Gives a trained model the dimensions and rows of a plan without training it again: rare rows become their mean, each row its coordinates
/// in the field's first d directions, and the field's map leads back from those: e ≈ μ + V c, so that W′ = Vᵀ W and b′ = μ W + b.
/// </summary>
internal sealed unsafe class Shrinking
{
    private readonly CtrModel trained;
    private readonly IReadOnlyList<long[]> counts;
    private readonly RowFolding? folding;

    /// <param name="trained">With rows as numbers; its rare rows are changed.</param>
    /// <param name="counts">Occurrences of each row of each field in training.</param>
    /// <param name="folding">The plan's; null: no values share a row.</param>
    public Shrinking(CtrModel trained, IReadOnlyList<long[]> counts, RowFolding? folding) => (this.trained, this.counts, this.folding) = (trained, counts, folding);

    /// <summary>Fills a fresh model of the plan; it must have the trained one's common dimension.</summary>
    public void Apply(EmbeddingPlan plan, CtrModel model)
    {
        for (var m = 0; m < plan.Fields.Count; m++)
        {
            if (folding?.RowsOf(m) != null) foreach (var table in trained.TablesOf(m)) RareRows.Share(trained.Fields[m], table, counts[m], plan.Fields[m].MinCount);
            foreach (var table in model.TablesOf(m)) Fill(m, table, model);
        }

        var maps = model.Parameters.Where(parameter => parameter.Name.StartsWith("map.", StringComparison.Ordinal)).Select(parameter => parameter.Name).ToHashSet();
        var before = trained.Parameters.Concat(trained.Statistics).DistinctBy(parameter => parameter.Name).ToDictionary(parameter => parameter.Name);
        foreach (var parameter in model.Parameters.Concat(model.Statistics))
        {
            if (!maps.Contains(parameter.Name)) before[parameter.Name].Values.CopyTo(parameter.Values);
        }
    }

    private void Fill(int m, EmbeddingTable target, CtrModel model)
    {
        var source = trained.Tables.Single(table => table.Name == target.Name);
        var name = trained.Fields[m].Name;
        var (weight, bias) = Map(model, name);
        if (target.Dim < source.Dim && target.Name != $"embedding.{name}")
        {
            FillLinear(m, source, target, trained.VectorTable(name), model.VectorTable(name));
            return;
        }

        if (target.Name != $"embedding.{name}" || weight == null)
        {
            CopyRows(m, target, (row, to) => Buffer.MemoryCopy(source.Row(row), to, target.RowBytes, target.RowBytes));
            return;
        }

        // At its own dimension a field stays as it is: its directions are the coordinates themselves.
        var basis = target.Dim < source.Dim ? FieldBasis.Of(source, counts[m]) : null;
        double Direction(int j, int k) => basis == null ? (j == k ? 1 : 0) : basis.Eigen.Vectors[j, k];
        double Mean(int j) => basis == null ? 0 : basis.Mean[j];
        CopyRows(m, target, (row, to) =>
        {
            for (var k = 0; k < target.Dim; k++)
            {
                var coordinate = 0.0;
                for (var j = 0; j < source.Dim; j++) coordinate += (source.Row(row)[j] - Mean(j)) * Direction(j, k);
                to[k] = (Real)coordinate;
            }
        });
        var (oldWeight, oldBias) = Map(trained, name);
        var common = weight.Columns;
        double Old(int j, int c) => oldWeight == null ? (j == c ? 1 : 0) : oldWeight.Values[(j * common) + c]; // none: the identity, or zeros after the first coordinates
        for (var c = 0; c < common; c++)
        {
            for (var k = 0; k < target.Dim; k++) weight.Values[(k * common) + c] = (Real)Enumerable.Range(0, source.Dim).Sum(j => Direction(j, k) * Old(j, c));
            bias!.Values[c] = (Real)((oldBias == null ? 0 : oldBias.Values[c]) + Enumerable.Range(0, source.Dim).Sum(j => Mean(j) * Old(j, c)));
        }
    }

    /// <summary>Second vectors w: with a value's first vector now c, the shortest w′ that leaves its linear term as it was, ⟨w′, c⟩ = ⟨w, v⟩.</summary>
    private void FillLinear(int m, EmbeddingTable source, EmbeddingTable target, EmbeddingTable vectors, EmbeddingTable coordinates)
    {
        var rows = folding?.RowsOf(m);
        CopyRows(m, target, (row, to) =>
        {
            var c = coordinates.Row(rows == null ? row : rows[row]);
            var square = VectorKernels.Dot(c, c, target.Dim);
            var factor = square > 0 ? VectorKernels.Dot(source.Row(row), vectors.Row(row), source.Dim) / square : 0;
            for (var k = 0; k < target.Dim; k++) to[k] = factor * c[k];
        });
    }

    private delegate void RowCopy(long row, Real* target);

    /// <summary>Copies each row to where it is now; rows that have become one are alike by then.</summary>
    private void CopyRows(int m, EmbeddingTable target, RowCopy copy)
    {
        var rows = folding?.RowsOf(m);
        for (var row = 0L; row < counts[m].Length; row++) copy(row, target.Row(rows == null ? row : rows[row]));
    }

    private static (Autograd.Parameter? Weight, Autograd.Parameter? Bias) Map(CtrModel model, string field)
    {
        Autograd.Parameter? Find(string part) => model.Parameters.FirstOrDefault(parameter => parameter.Name == $"map.{field}.{part}");
        return (Find("weight"), Find("bias"));
    }
}
