using AutoDim.Autograd;
using AutoDim.Embeddings;

namespace AutoDim.Tests.Support;

/// <summary>Compares analytic gradients with central differences of the loss.</summary>
internal static unsafe class Gradients
{
    private const double Step = 1e-5;
    private const double Tolerance = 1e-6;

    /// <summary>The largest difference between each parameter's gradient and its central difference, relative to the largest gradient.</summary>
    /// <param name="loss">Computes the loss with gradients into the tape; called anew for every probe.</param>
    public static void Check(Tape tape, Func<Tensor> loss, IEnumerable<Parameter> parameters, IEnumerable<EmbeddingTable> tables)
    {
        tape.UpdatesStatistics = false;
        foreach (var parameter in parameters) parameter.DropGradient();
        tape.Reset();
        tape.Backward(loss());
        var expected = parameters.ToDictionary(parameter => parameter, parameter => parameter.HasGradient ? Copy(parameter.Gradient, parameter.Length) : new double[parameter.Length]);
        var rows = tables.ToDictionary(table => table, _ => new Dictionary<long, double[]>());
        foreach (var lookup in tape.Lookups)
        {
            var table = rows.Keys.Single(candidate => candidate.Index == lookup.Table);
            for (var u = 0; u < lookup.Vectors.Rows; u++) rows[table][lookup.Rows[u]] = Copy(lookup.Vectors.GradientRow(u), table.Dim);
        }

        foreach (var (parameter, gradient) in expected) Compare(parameter.Name, parameter.Value, gradient, tape, loss);
        foreach (var (table, gradients) in rows)
        {
            foreach (var (row, gradient) in gradients) Compare($"{table.Name}[{row}]", table.Row(row), gradient, tape, loss);
        }
    }

    private static double[] Copy(Real* source, long length)
    {
        var copy = new double[length];
        for (var i = 0; i < length; i++) copy[i] = source[i];
        return copy;
    }

    private static void Compare(string name, Real* value, double[] gradient, Tape tape, Func<Tensor> loss)
    {
        var scale = Math.Max(gradient.Max(Math.Abs), 1e-2);
        for (var i = 0; i < gradient.Length; i += Math.Max(1, gradient.Length / 7))
        {
            var start = value[i];
            var above = Probe(start + Step);
            var below = Probe(start - Step);
            value[i] = start;
            var difference = (above - below) / (2 * Step);
            Math.Abs(difference - gradient[i]).ShouldBeLessThan(Tolerance * scale, $"{name}[{i}]: gradient {gradient[i]}, central difference {difference}");

            double Probe(double at)
            {
                value[i] = (Real)at;
                tape.Reset();
                return loss()[0, 0];
            }
        }
    }
}
