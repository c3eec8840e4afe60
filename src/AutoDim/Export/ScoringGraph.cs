using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Graphs;
using AutoDim.Models;

namespace AutoDim.Export;

/// <summary>
/// A model's scorer as a graph: one pass on a made-up batch is recorded, and every operation of it says what it does. So a model
/// made of the tape's operations can be exported as it is.
/// </summary>
internal static class ScoringGraph
{
    public const string Logit = "logit", Probability = "probability";

    /// <summary>Two, so that no operation can take a batch's rows for one row that serves all.</summary>
    private const int Samples = 2;

    /// <param name="raw">What the graph makes table rows of; null: it is given table rows.</param>
    public static ForwardGraph Of(CtrModel model, RawInputs? raw = null)
    {
        using var tape = new Tape(model.Context.Pool, 0) { IsTraining = false, IsTraced = true };
        using var input = new IndexedBatch(model.Fields, Samples, model.Set);
        Fill(input.Batch);
        input.Index(model.Context.Pool);
        var logits = model.Forward(tape, input);
        var graph = new ForwardGraph();
        var trace = new GraphTrace(graph, model.Fields, [.. Field.Columns(model.Fields).Select((column, c) => raw?.Columns[c].RowsIn(graph) ?? graph.Input(new GraphInput(column.Name, column.MultiValued)))]);
        foreach (var lookup in tape.Lookups) trace[lookup.Vectors] = trace.Lookup(model.Tables[lookup.Table], model.Set.RuleOf(model.Tables[lookup.Table]));
        foreach (var operation in tape.Operations) operation.Describe(trace);
        graph.Output(Logit, trace[logits]);
        graph.Output(Probability, graph.Sigmoid(trace[logits]));
        return graph;
    }

    /// <summary>One value of each field and sequence a sample, so that nothing is left out for want of values.</summary>
    private static void Fill(Batch batch)
    {
        batch.Size = Samples;
        foreach (var column in batch.Columns)
        {
            column.Count = Samples;
            column.Rows.AsSpan(0, Samples).Clear();
            for (var i = 0; column.Offsets != null && i <= Samples; i++) column.Offsets[i] = i;
        }
    }
}
