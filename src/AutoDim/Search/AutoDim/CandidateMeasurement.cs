using AutoDim.Data;
using AutoDim.Evaluation;
using AutoDim.Training;

namespace AutoDim.Search.AutoDim;

/// <summary>
/// What each candidate is worth in the searched network: the validation AUC with one field (or one block of its values) at that candidate and all others at
/// their preferred ones, without noise or mixing. α says which candidate is best; this says by how much, which a budget must know.
/// </summary>
internal static class CandidateMeasurement
{
    /// <summary>Far enough above the others that softmax leaves them nothing.</summary>
    private const float Chosen = 1000;

    /// <param name="preferred">Per choice, the index of its preferred candidate.</param>
    /// <param name="measured">Told after each measurement how many are done, of how many.</param>
    /// <returns>Per choice and allowed candidate, the AUC.</returns>
    public static double[][] Aucs(Learner learner, SearchEmbedding embedding, DataSplit valid, IReadOnlyList<int> preferred, Action<int, int> measured, CancellationToken cancellation)
    {
        var space = embedding.Space;
        using var sample = new SplitSample(valid, SplitSample.EnoughForAuc);
        var labels = Labels.Of(sample);
        var learned = embedding.Alpha.Values.ToArray();
        var (done, total) = (0, 1 + space.AllowedCounts.Sum(count => count - 1));

        double Auc()
        {
            cancellation.ThrowIfCancellationRequested();
            var auc = Evaluation.Auc.Compute(learner.Score(sample), labels);
            measured(++done, total);
            return auc;
        }

        try
        {
            for (var choice = 0; choice < preferred.Count; choice++) Choose(embedding, choice, preferred[choice]);
            var together = Auc();
            var aucs = new double[preferred.Count][];
            for (var choice = 0; choice < preferred.Count; choice++)
            {
                aucs[choice] = new double[space.AllowedCounts[choice]];
                for (var n = 0; n < aucs[choice].Length; n++)
                {
                    if (n == preferred[choice])
                    {
                        aucs[choice][n] = together;
                        continue;
                    }

                    Choose(embedding, choice, n);
                    aucs[choice][n] = Auc();
                }

                Choose(embedding, choice, preferred[choice]);
            }

            return aucs;
        }
        finally
        {
            learned.CopyTo(embedding.Alpha.Values);
        }
    }

    private static void Choose(SearchEmbedding embedding, int choice, int candidate)
    {
        var row = embedding.Alpha.Values.Slice(choice * embedding.Space.Candidates.Count, embedding.Space.Candidates.Count);
        row.Clear();
        row[candidate] = Chosen;
    }
}
