using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Compression.AutoEmb;

/// <summary>
/// AutoEmb's soft selection (Zhao et al., arXiv 2002.11252): a row's candidates, its first d_n numbers each through a map, BatchNorm and tanh, are mixed by weights that a controller gives for the
/// value's popularity a.
/// <code>
///   x_u = Σ_n p_n(a_u)·tanh(BatchNorm(e_u[:d_n]·W_n))     p(a) = softmax(relu(a·V + c)·U + b),  a = ln(1 + count) / ln(1 + largest count)
/// </code>
/// Maps, statistics and controller are each field's own; a hidden layer has 512 units.
/// </summary>
internal sealed unsafe class PopularityMixture : IRowTransform
{
    private const int HiddenUnits = 512;

    private readonly Parameter[][] maps;
    private readonly Parameter[] means, variances;
    private readonly Controller[] controllers;
    private readonly Real[][] popularity;

    /// <param name="counts">Occurrences of each row of each field in training.</param>
    /// <param name="dims">d of each candidate, ascending; the last is D.</param>
    public PopularityMixture(IReadOnlyList<Field> fields, IReadOnlyList<long[]> counts, int[] dims, CounterRandom random)
    {
        Dims = dims;
        var columns = dims.Length * dims[^1];
        maps = [.. fields.Select(field => dims.Select(dim => Parameter.Xavier($"candidate.{field.Name}.{dim}", dim, dims[^1], random)).ToArray())];
        means = [.. fields.Select(field => Parameter.Constant($"candidate.{field.Name}.mean", 1, columns))];
        variances = [.. fields.Select(field => Parameter.Constant($"candidate.{field.Name}.variance", 1, columns, 1))];
        controllers = [.. fields.Select(field => new Controller(
            Parameter.Xavier($"controller.{field.Name}.hidden.weight", 1, HiddenUnits, random),
            Parameter.Constant($"controller.{field.Name}.hidden.bias", 1, HiddenUnits),
            Parameter.Xavier($"controller.{field.Name}.output.weight", HiddenUnits, dims.Length, random),
            Parameter.Constant($"controller.{field.Name}.output.bias", 1, dims.Length)))];
        popularity = [.. counts.Select(list =>
        {
            var largest = Math.Log(1 + Math.Max(1, list.Max()));
            return list.Select(count => (Real)(Math.Log(1 + count) / largest)).ToArray();
        })];
    }

    public IReadOnlyList<Parameter> Weights => [.. maps.SelectMany(list => list)];

    public IReadOnlyList<Parameter> Statistics => [.. means, .. variances];

    /// <summary>The controllers' weights, which are not the model's.</summary>
    public IReadOnlyList<Parameter> ControllerWeights => [.. controllers.SelectMany(controller => (Parameter[])[controller.Hidden, controller.HiddenBias, controller.Output, controller.OutputBias])];

    /// <summary>d of each candidate.</summary>
    public int[] Dims { get; }

    public Tensor Apply(Tape tape, int field, DistinctRows rows, Tensor vectors)
    {
        var candidates = BatchNorm.Apply(tape, PrefixMaps.Apply(tape, vectors, maps[field]), null, null, means[field], variances[field], relu: false);
        var known = tape.NewConstant(vectors.Rows, 1);
        for (var u = 0; u < vectors.Rows; u++) known.Value[u] = popularity[field][rows.Rows[u]];
        var (hidden, hiddenBias, output, outputBias) = controllers[field];
        var weights = tape.Softmax(tape.Linear(tape.Linear(known, hidden, hiddenBias, relu: true), output, outputBias));
        return tape.SumGroups(tape.GateGroups(tape.Tanh(candidates), weights), Dims.Length);
    }

    /// <summary>ln p of each candidate for a row of a field.</summary>
    public double[] LogPolicy(int field, long row)
    {
        var (hidden, hiddenBias, output, outputBias) = controllers[field];
        double[] logits = [.. outputBias.Values.ToArray().Select(bias => (double)bias)];
        for (var i = 0; i < HiddenUnits; i++)
        {
            var unit = Math.Max(0, ((double)popularity[field][row] * hidden.Value[i]) + hiddenBias.Value[i]);
            for (var n = 0; n < logits.Length; n++) logits[n] += unit * output.Row(i)[n];
        }

        var total = Math.Log(logits.Sum(logit => Math.Exp(logit - logits.Max()))) + logits.Max();
        return [.. logits.Select(logit => logit - total)];
    }

    private sealed record Controller(Parameter Hidden, Parameter HiddenBias, Parameter Output, Parameter OutputBias);
}
