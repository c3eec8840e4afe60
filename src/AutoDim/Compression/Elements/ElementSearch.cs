using System.Globalization;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Training;

namespace AutoDim.Compression.Elements;

/// <summary>
/// A training of the full model with something between its rows and the rest that learns what every number is worth. It runs for a fixed
/// number of steps, leaves a checkpoint after every epoch and where it is cancelled, and goes on from there bit for bit.
/// </summary>
internal abstract class ElementSearch : IDisposable
{
    /// <summary>Steps that suffice for thresholds and gates to settle; fewer only where that were more than 40 epochs.</summary>
    private const long EnoughSteps = 1500;
    private const int MostEpochs = 40;

    private readonly string name;
    private readonly MethodContext context;
    private readonly BatchSampler train;

    /// <param name="name">Of the method.</param>
    /// <param name="transform">Between the rows and the model.</param>
    protected ElementSearch(string name, MethodContext context, IRowTransform transform)
    {
        (this.name, this.context) = (name, context);
        Model = context.NewModel(made => new TransformedEmbedding(made, context.FullDim, transform));
        Learner = new Learner(Model, context.Training with { Tables = context.Training.Tables with { L2 = context.TableL2 } });
        train = new BatchSampler(context.Train, context.Training.BatchSize, context.Training.Seed);
        Steps = Math.Clamp((EnoughSteps + train.BatchesPerEpoch - 1) / train.BatchesPerEpoch, 2, MostEpochs) * train.BatchesPerEpoch;
    }

    public CtrModel Model { get; }

    public Learner Learner { get; }

    /// <summary>Steps of the whole run.</summary>
    public long Steps { get; protected init; }

    /// <summary>Steps made so far.</summary>
    public long Step => Learner.Tables.Step;

    /// <summary>What the search learns beside the model, with its optimiser's state.</summary>
    protected abstract IReadOnlyList<NamedArray> Learnt { get; }

    /// <summary>Where what is learnt has got to, as numbers to go on from.</summary>
    protected virtual IReadOnlyList<long> Place
    {
        get => [];
        set => _ = value;
    }

    /// <summary>Searches, or goes on where a checkpoint stopped. Throws <see cref="OperationCanceledException"/> after saving one.</summary>
    /// <param name="until">Steps after which to stop, of <see cref="Steps"/>; null: all.</param>
    public void Run(long? until = null)
    {
        TryResume();
        while (Step < (until ?? Steps))
        {
            train.Next(Learner.Input.Batch);
            var loss = NextStep();
            context.OnStep?.Invoke(new TrainingProgress(name, train.Epoch + 1, (int)(Steps / train.BatchesPerEpoch), Step, Steps, loss, double.NaN));
            if (Step % train.BatchesPerEpoch == 0 || context.Cancellation.IsCancellationRequested) Save();
            context.Cancellation.ThrowIfCancellationRequested();
        }

        Learner.Tables.CatchUpAll();
    }

    public virtual void Dispose()
    {
        Learner.Dispose();
        Model.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>One step of everything on the learner's batch; returns the loss before it.</summary>
    protected abstract double NextStep();

    private Checkpoint Checkpoint => context.Folder!.Checkpoint(name);

    private IReadOnlyList<NamedArray> State => [.. LearnerState.All(Learner), .. Learnt];

    private void Save()
    {
        if (context.Folder == null) return;
        Checkpoint.Write(State, new Dictionary<string, string>
        {
            ["place"] = string.Join(' ', ((long[])[Step, train.Epoch, train.Position, .. Place]).Select(number => number.ToString(CultureInfo.InvariantCulture))),
        });
    }

    private void TryResume()
    {
        if (context.Folder == null || !Checkpoint.Exists) return;
        long[] place = [.. Checkpoint.Read(State)["place"].Split(' ').Select(number => long.Parse(number, CultureInfo.InvariantCulture))];
        Learner.Tables.Step = Learner.Dense.Step = place[0];
        train.Seek(place[1], place[2]);
        Place = place[3..];
    }
}
