using AutoDim.Embeddings;

namespace AutoDim.Compression;

/// <summary>Structured magnitude pruning: of the trained full tables, the columns of largest mean |weight| stay, and the model is trained anew with so many dimensions.</summary>
internal sealed class PruningMethod(MethodContext context) : ICompressionMethod
{
    private readonly Lazy<double[][]> scores = new(() =>
    {
        using var model = context.LoadFull();
        return [.. context.Fields.Select(field => MeanMagnitudes(model.VectorTable(field.Name)))];
    });

    public EmbeddingPlan? Plan(PlanRequest request) => ColumnScores.Best(context, request, scores.Value);

    private static unsafe double[] MeanMagnitudes(EmbeddingTable table)
    {
        var means = new double[table.Dim];
        for (var row = 0L; row < table.Rows; row++)
        {
            for (var k = 0; k < means.Length; k++) means[k] += Math.Abs((double)table.Row(row)[k]) / table.Rows;
        }

        return means;
    }
}
