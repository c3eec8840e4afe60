using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Tests.Embeddings;

/// <summary>Rows as they go from rank to rank, and what is kept of what rounding takes.</summary>
public sealed unsafe class WireRowTests
{
    private const int Dim = 7;

    [Theory, InlineData(WireFormat.Float16), InlineData(WireFormat.Int8)]
    public void Decode_Encoded_WithinItsRounding(WireFormat format)
    {
        var row = Row(1e-3);
        row[2] = 0;
        var decoded = Back(format, row);
        var largest = row.Max(Math.Abs);
        for (var k = 0; k < Dim; k++) ((double)decoded[k]).ShouldBe(row[k], format == WireFormat.Int8 ? 1.001 * largest / 254 : Math.Abs(row[k]) / 2000 + 3e-8);
        decoded[2].ShouldBe(0);
        if (format == WireFormat.Int8) ((double)decoded.Max(Math.Abs)).ShouldBe(largest, 1e-6 * largest);
    }

    [Fact]
    public void Decode_Int8_NothingAndSmallest_AsTheyWere()
    {
        Back(WireFormat.Int8, new Real[Dim]).ShouldAllBe(number => number == 0);
        Back(WireFormat.Int8, Row(1e-20)).Max(Math.Abs).ShouldBe(Row(1e-20).Max(Math.Abs), (Real)1e-25);
        Back(WireFormat.Int8, [(Real)0.3]).ShouldBe([(Real)0.3]); // one number goes as it is
        Real.IsNaN(Back(WireFormat.Int8, [1, Real.NaN])[0]).ShouldBeTrue(); // so that training tells
    }

    [Theory, InlineData(WireFormat.Float32, 1, sizeof(Real)), InlineData(WireFormat.Float32, 7, 7 * sizeof(Real)), InlineData(WireFormat.Float16, 7, 14), InlineData(WireFormat.Int8, 7, 11), InlineData(WireFormat.Int8, 1, sizeof(Real))]
    public void Bytes_OfARow(WireFormat format, int dim, long bytes) => WireRow.Bytes(format, dim).ShouldBe(bytes);

    /// <summary>What others get over many steps is what there was, but for one step's rounding; without, a number below half a unit would never arrive.</summary>
    [Theory, InlineData(WireFormat.Float16), InlineData(WireFormat.Int8)]
    public void Feedback_OverSteps_NothingIsLost(WireFormat format)
    {
        const int Steps = 300;
        using var table = new EmbeddingTable(0, 0, "t", 5, Dim);
        using var feedback = new GradientFeedback(table, format);
        var gradient = Row(1);
        gradient[4] = (Real)1e-3; // a quarter of a unit of int8
        var arrived = new double[Dim];
        var lookups = stackalloc long[] { 3 };
        fixed (Real* values = new Real[Dim], place = new Real[Dim])
        {
            var vectors = new Tensor();
            vectors.Place(1, Dim, values, place);
            vectors.EnsureGradient();
            for (var step = 0; step < Steps; step++)
            {
                gradient.CopyTo(new Span<Real>(vectors.GradientRow(0), Dim));
                feedback.Apply(new TableLookup(0, (nint)lookups, vectors));
                var got = Back(format, new ReadOnlySpan<Real>(vectors.GradientRow(0), Dim).ToArray());
                for (var k = 0; k < Dim; k++) arrived[k] += got[k];
            }
        }

        for (var k = 0; k < Dim; k++) arrived[k].ShouldBe(Steps * (double)gradient[k], 0.01);
    }

    private static Real[] Row(double size) => [.. Enumerable.Range(0, Dim).Select(k => (Real)(size * Math.Sin(1 + (3 * k))))];

    private static Real[] Back(WireFormat format, Real[] row)
    {
        var (bytes, decoded) = (new byte[WireRow.Bytes(format, row.Length)], new Real[row.Length]);
        fixed (Real* source = row, target = decoded)
        fixed (byte* wire = bytes)
        {
            WireRow.Encode(format, source, row.Length, wire);
            WireRow.Decode(format, wire, row.Length, target);
        }

        return decoded;
    }
}
