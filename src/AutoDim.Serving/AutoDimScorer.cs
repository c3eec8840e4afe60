using AutoDim.Serving.Rpc;
using AutoDim.Serving.Scoring;

namespace AutoDim.Serving;

/// <summary>
/// Scores rows for the application's own code: what <see cref="AutoDimServing.AddAutoDimScorer"/> adds, for any number of callers at once. Rows share batches with all others that
/// wait, limits are those of <see cref="ServingOptions"/>, and a new version of the model's folder answers as soon as it is loaded and checked.
/// A row is field name and raw value, as it stands in the log; a value that is null, and a field that is left out, is missing.
/// </summary>
public sealed class AutoDimScorer
{
    private readonly RequestScoring scoring;
    private readonly ServingOptions options;

    internal AutoDimScorer(RequestScoring scoring, ServingOptions options) => (this.scoring, this.options) = (scoring, options);

    /// <summary>The probability of a click for a row.</summary>
    /// <inheritdoc cref="RankAsync" path="/exception"/>
    public async Task<double> ScoreAsync(IReadOnlyDictionary<string, string?> row, CancellationToken cancellation = default) => (await ScoreAsync([row], cancellation).ConfigureAwait(false))[0];

    /// <summary>The probability of a click for each row, in their order, all by one version of the model.</summary>
    /// <param name="rows">At most <see cref="ServingOptions.MaxRows"/>.</param>
    /// <inheritdoc cref="RankAsync" path="/exception"/>
    public async Task<double[]> ScoreAsync(IReadOnlyList<IReadOnlyDictionary<string, string?>> rows, CancellationToken cancellation = default)
    {
        double[] probabilities = [];
        await Answer((model, encoded) => Reader(model).Read(Messages(rows), encoded), job => probabilities = [.. Enumerable.Range(0, rows.Count).Select(job.Probability)], cancellation).ConfigureAwait(false);
        return probabilities;
    }

    /// <summary>Candidates, the most probable click first; equals in the order given. What they share is read once, and its table rows are looked up once a batch.</summary>
    /// <param name="shared">Fields of every candidate, such as the user's; a candidate may not give them again.</param>
    /// <param name="candidates">At most <see cref="ServingOptions.MaxRows"/>.</param>
    /// <param name="top">How many to answer, 1 or more.</param>
    /// <returns>The candidates' places, from 0, with their probabilities.</returns>
    /// <exception cref="ScoringRefusedException">A field or a value that cannot be, too many rows, no model that answers, a full queue, or no answer in time: the status tells which.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<IReadOnlyList<(int Index, double Probability)>> RankAsync(
        IReadOnlyDictionary<string, string?> shared, IReadOnlyList<IReadOnlyDictionary<string, string?>> candidates, int top = int.MaxValue, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        IReadOnlyList<(int, double)> ranked = [];
        await Answer(
            (model, encoded) => scoring.WithRow(model, row => Reader(model).Read(Messages(candidates), encoded, Message(shared), row)),
            job => ranked = [.. job.Ranked(top, isSorted: true).Select(place => (place, job.Probability(place)))],
            cancellation).ConfigureAwait(false);
        return ranked;
    }

    private static Row[] Messages(IReadOnlyList<IReadOnlyDictionary<string, string?>> rows) => [.. rows.Select(Message)];

    private static Row Message(IReadOnlyDictionary<string, string?> row)
    {
        var message = new Row();
        foreach (var (name, value) in row) message.Values.Add(name, value == null ? new Value() : new Value { Text = value });
        return message;
    }

    private MessageRows Reader(ServedModel model) => new(model.Encoder, options.MaxRows);

    private async Task Answer(Func<ServedModel, Export.EncodedRows, RequestProblem?> read, Action<ScoringJob> answer, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(options.TimeoutMs);
        var problem = await scoring.Answer(
            read,
            (_, job) =>
            {
                answer(job);
                return Task.CompletedTask;
            },
            timeout.Token,
            cancellation).ConfigureAwait(false);
        if (problem != null) throw new ScoringRefusedException(problem.Text, problem.Status);
        cancellation.ThrowIfCancellationRequested();
    }
}
