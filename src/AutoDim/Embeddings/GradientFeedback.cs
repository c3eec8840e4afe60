using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// What a rank's gradients lost when they were rounded for the others, added to the same row's next gradient (error feedback; Seide et al., Interspeech
/// 2014; Karimireddy et al., ICML 2019), so that over steps nothing is lost. Kept for a table's first rows, the most frequent ones, up to
/// <see cref="MostBytes"/>; rarer rows are rounded without. It is in no checkpoint: a training that goes on starts with none.
/// </summary>
internal sealed unsafe class GradientFeedback(EmbeddingTable table, WireFormat format) : IDisposable
{
    /// <summary>Of a table, on each rank.</summary>
    public const long MostBytes = Ranks.DefaultReplicatedBytes;

    private readonly NativeBuffer<Real> lost = new(Math.Min(table.Rows, MostBytes / (sizeof(Real) * Math.Max(1, table.Dim))) * table.Dim);
    private readonly NativeBuffer<byte> wire = new(WireRow.Bytes(format, table.Dim));
    private readonly NativeBuffer<Real> rounded = new(table.Dim);

    /// <summary>Adds to each gradient what its row lost before, and notes what it will lose now.</summary>
    public void Apply(in TableLookup gradients)
    {
        for (var u = 0; u < gradients.Vectors.Rows; u++)
        {
            var start = gradients.Rows[u] * table.Dim;
            if (start >= lost.Length) continue;
            Real* gradient = gradients.Vectors.GradientRow(u), rest = lost.Pointer + start;
            for (var k = 0; k < table.Dim; k++) gradient[k] += rest[k];
            WireRow.Encode(format, gradient, table.Dim, wire.Pointer);
            WireRow.Decode(format, wire.Pointer, table.Dim, rounded.Pointer);
            for (var k = 0; k < table.Dim; k++) rest[k] = gradient[k] - rounded[k];
        }
    }

    public void Dispose()
    {
        lost.Dispose();
        wire.Dispose();
        rounded.Dispose();
    }
}
