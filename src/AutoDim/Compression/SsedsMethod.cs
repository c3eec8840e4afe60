using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Training;

namespace AutoDim.Compression;

/// <summary>
/// Single-shot embedding dimension search (Qu et al., SIGIR 2022): one pass over the validation split through the trained full model gives
/// |∂L/∂mask| of every field's every column, where a mask of ones multiplies the tables; the columns of largest gradient stay.
/// </summary>
internal sealed class SsedsMethod : ICompressionMethod
{
    private readonly MethodContext context;
    private readonly Lazy<double[][]> scores;

    public SsedsMethod(MethodContext context)
    {
        this.context = context;
        scores = new Lazy<double[][]>(Scores);
    }

    public EmbeddingPlan? Plan(PlanRequest request) => ColumnScores.Best(context, request, scores.Value);

    /// <summary>∂L/∂mask_mk = Σ over rows of ∂L/∂e_k · e_k, summed over the split's batches: per field, of each column.</summary>
    internal static unsafe double[][] MaskGradients(Learner learner, DataSplit split, CancellationToken cancellation)
    {
        var sampler = new BatchSampler(split, learner.Options.BatchSize, learner.Options.Seed);
        var tables = learner.Model.Fields.Select(field => learner.Model.VectorTable(field.Name)).ToArray();
        var gradients = tables.Select(table => new double[table.Dim]).ToArray();
        while (sampler.TryNext(learner.Input.Batch))
        {
            cancellation.ThrowIfCancellationRequested();
            learner.Gradients(learner.Input);
            foreach (var lookup in learner.Tape.Lookups)
            {
                var m = Array.FindIndex(tables, table => table.Index == lookup.Table);
                if (m < 0 || !lookup.Vectors.HasGradient) continue;
                for (var u = 0; u < lookup.Vectors.Rows; u++)
                {
                    for (var k = 0; k < gradients[m].Length; k++) gradients[m][k] += (double)lookup.Vectors.GradientRow(u)[k] * lookup.Vectors.Row(u)[k];
                }
            }
        }

        return gradients;
    }

    private double[][] Scores()
    {
        using var model = context.LoadFull();
        using var learner = new Learner(model, context.Training);
        return [.. MaskGradients(learner, context.Valid, context.Cancellation).Select(sums => sums.Select(Math.Abs).ToArray())];
    }
}
