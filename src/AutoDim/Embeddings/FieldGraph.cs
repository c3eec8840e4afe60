using AutoDim.Autograd;
using AutoDim.Graphs;

namespace AutoDim.Embeddings;

/// <summary>
/// Fields and sequences in a graph. There a field's vectors are one an entry, as in <see cref="DistinctRows"/>: its own B, or B·n where a sample may
/// have any number, then each sequence's B·n. Padding is an entry too, of row 0; it is left out wherever a sample's entries are summed.
/// </summary>
internal static class FieldGraph
{
    /// <summary>The table row of every entry of a field: (entries).</summary>
    public static GraphValue Rows(this GraphTrace trace, int field)
    {
        var (own, sequences) = trace.Fields[field];
        return trace.Graph.Concatenate(0, [RowsOf(own), .. sequences.Select(RowsOf)]);

        GraphValue RowsOf(GraphColumn column) => column.IsPadded
            ? trace.Graph.Maximum(trace.Graph.Reshape(column.Rows, -1), trace.Graph.Numbers([0]))
            : column.Rows;
    }

    /// <summary>Each sample's own vector of a field: (B, d).</summary>
    public static GraphValue VectorsOf(this GraphTrace trace, in FieldVector vector)
    {
        var (own, sequences) = trace.Fields[vector.Field];
        return sequences.Length == 0 ? trace[vector.Vectors]
            : trace.Graph.Slice(trace[vector.Vectors], trace.Graph.Numbers([0]), trace.Graph.ShapeOf(own.Rows, 0, 1), axis: 0);
    }

    /// <summary>All fields' vectors side by side: (B, Σ d).</summary>
    public static GraphValue VectorsOf(this GraphTrace trace, FieldVector[] vectors)
        => trace.Graph.Concatenate(1, [.. vectors.Select(vector => trace.VectorsOf(vector))]);

    /// <summary>The vectors of a sequence's entries, padding included: (B, n, d).</summary>
    /// <param name="vectors">Of its field.</param>
    public static GraphValue VectorsOf(this GraphTrace trace, SequenceEntries sequence, in FieldVector vectors)
    {
        var (own, sequences) = trace.Fields[vectors.Field];
        var first = trace.Graph.ShapeOf(own.Rows, 0, 1);
        foreach (var earlier in sequences.Take(sequence.Number)) first = trace.Graph.Add(first, Length(earlier));
        var last = trace.Graph.Add(first, Length(sequences[sequence.Number]));
        return trace.PerSample(sequences[sequence.Number], trace.Graph.Slice(trace[vectors.Vectors], first, last, axis: 0), vectors.Dim);

        GraphValue Length(GraphColumn column) => trace.Graph.ShapeOf(trace.Graph.Reshape(column.Rows, -1), 0, 1);
    }

    /// <summary>Entries of a column by sample: (B·n, d) → (B, n, d).</summary>
    public static GraphValue PerSample(this GraphTrace trace, GraphColumn column, GraphValue entries, int dim)
        => trace.Graph.Reshape(entries, trace.Graph.Concatenate(0, trace.Graph.ShapeOf(column.Rows, 0, 2), trace.Graph.Numbers([dim])));

    /// <summary>1 for an entry, 0 for padding: (B, n).</summary>
    public static GraphValue Mask(this GraphTrace trace, GraphColumn column)
        => trace.Graph.ToFloat(trace.Graph.IsAtLeast(column.Rows, trace.Graph.Numbers([0])));

    /// <summary>1 / the sample's number of entries for an entry, 0 for padding: (B, n).</summary>
    public static GraphValue MeanWeights(this GraphTrace trace, GraphColumn column)
    {
        var mask = trace.Mask(column);
        return trace.Graph.Divide(mask, trace.Graph.Maximum(trace.Graph.Sum(mask, [1], keepsAxes: true), trace.Graph.Number(1)));
    }

    /// <summary>Σ_j a_j e_j of each sample: (B, n), (B, n, d) → (B, d).</summary>
    public static GraphValue WeightedSum(this GraphTrace trace, GraphValue weights, GraphValue vectors, int dim)
        => trace.Graph.Reshape(trace.Graph.MatrixProduct(trace.Graph.Unsqueeze(weights, 1), vectors), -1, dim);
}
