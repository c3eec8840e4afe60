using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;

namespace AutoDim.Training;

/// <summary>Scores samples with a model as it stands: no gradient, no dropout, running statistics.</summary>
internal sealed class Scorer(CtrModel model, int batchSize) : IDisposable
{
    private readonly Tape tape = new(model.Context.Pool, 0) { IsTraining = false };
    private readonly IndexedBatch input = new(model.Fields, batchSize);
    private readonly long[] samples = new long[batchSize];

    /// <summary>Log-odds of every sample of a split, in its order; the same whatever the batch size.</summary>
    public float[] Score(DataSplit split)
    {
        var scores = new float[split.RowCount];
        for (var first = 0L; first < scores.LongLength; first += samples.Length)
        {
            var size = (int)Math.Min(samples.Length, scores.LongLength - first);
            for (var i = 0; i < size; i++) samples[i] = first + i;
            split.Read(samples.AsSpan(0, size), input.Batch);
            ScoreBatch(scores.AsSpan((int)first, size));
        }

        return scores;
    }

    /// <summary>The batch to fill before <see cref="ScoreBatch"/>.</summary>
    public Batch Batch => input.Batch;

    /// <summary>Log-odds of the filled batch's samples.</summary>
    public unsafe void ScoreBatch(Span<float> scores)
    {
        input.Index(model.Context.Pool);
        tape.Reset();
        var logits = model.Forward(tape, input);
        for (var i = 0; i < scores.Length; i++) scores[i] = (float)logits.Value[i];
    }

    public void Dispose()
    {
        tape.Dispose();
        input.Dispose();
    }
}
