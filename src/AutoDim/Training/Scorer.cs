using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;

namespace AutoDim.Training;

/// <summary>Scores samples with a model as it stands: no gradient, no dropout, running statistics.</summary>
internal sealed class Scorer : IDisposable
{
    /// <summary>Samples that commands score at a time; scores do not depend on it.</summary>
    public const int BatchSize = 4096;

    private readonly KeptWeights kept = new();
    private readonly Tape tape;
    private readonly CtrModel model;
    private readonly IndexedBatch input;
    private readonly long[] samples;

    public Scorer(CtrModel model, int batchSize)
    {
        this.model = model;
        tape = new Tape(model.Context.Pool, 0) { IsTraining = false, Kept = kept };
        input = new IndexedBatch(model.Fields, batchSize, model.Set);
        samples = new long[batchSize];
    }

    /// <summary>Log-odds of every sample of a split, in its order; the same whatever the batch size. Ranks score a share each, and all get all.</summary>
    public float[] Score(DataSplit split)
    {
        kept.Forget(); // the model may have been trained meanwhile
        var ranks = model.Context.Pool.Ranks;
        var scores = new float[split.RowCount];
        var (begin, end) = ranks.ShareOf(scores.LongLength);
        var largestShare = (scores.LongLength + ranks.Count - 1) / ranks.Count;
        for (var done = 0L; done < largestShare; done += samples.Length) // as many batches on each rank: they ask each other for rows
        {
            var first = Math.Min(begin + done, end);
            var size = (int)Math.Min(samples.Length, end - first);
            for (var i = 0; i < size; i++) samples[i] = first + i;
            split.Read(samples.AsSpan(0, size), input.Batch);
            ScoreBatch(scores.AsSpan((int)first, size));
        }

        ranks.Gather(scores);
        return scores;
    }

    /// <summary>The batch to fill before <see cref="ScoreBatch"/>.</summary>
    public Batch Batch => input.Batch;

    /// <summary>Log-odds of the filled batch's samples. The model's weights must be as they were at the last call of either method.</summary>
    public unsafe void ScoreBatch(Span<float> scores)
    {
        input.Index(model.Context.Pool);
        input.Exchange?.Fetch();
        tape.Reset();
        var logits = model.Forward(tape, input);
        for (var i = 0; i < scores.Length; i++) scores[i] = (float)logits.Value[i];
    }

    public void Dispose()
    {
        tape.Dispose();
        kept.Dispose();
        input.Dispose();
    }
}
