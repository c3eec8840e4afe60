using System.Diagnostics;
using System.Globalization;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Search;
using AutoDim.Search.AutoDim;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>Searches once per kind and run folder, and derives plans from what was found.</summary>
/// <param name="start">An old search to go on from; null: afresh.</param>
internal sealed class PlanSearch(ClickData data, RunOptions options, TrainingOptions training, RunFolder folder, WorkerPool pool, RunObserver observer, WarmStart? start = null)
{
    private readonly ModelCatalog.Entry entry = ModelCatalog.Find(options.Model);
    private readonly Lock inheriting = new();

    /// <summary>Runs a search, or finds it done.</summary>
    /// <param name="tableL2">The training's, of which the search takes its share.</param>
    public SearchStage Run(double tableL2, SearchKind kind, CancellationToken cancellation)
    {
        var (name, searchOptions) = OptionsOf(kind, tableL2);
        var record = folder.File(Path.Combine("stages", $"{name}.json"));
        if (StageRecord.Find(record, RunJson.Default.SearchStage) is { } found) return found;
        observer.Stage(name, $"{(searchOptions.SingleLevel ? "AutoDim-s" : "AutoDim")}{(kind == SearchKind.Blocks ? " over blocks" : "")}: candidates {string.Join(", ", searchOptions.Candidates)}");
        MemoryUse.Reset();
        var clock = Stopwatch.StartNew();
        using var search = New(name, searchOptions, kind == SearchKind.Blocks);
        var result = search.Run(cancellation);
        foreach (var choice in result.Undecided) observer.Note($"{choice.Field}{(kind == SearchKind.Blocks ? $", block {choice.Block}" : "")}: α is undecided between {string.Join(" and ", Closest(choice))}; more search epochs would tell");
        var stage = new SearchStage(result, clock.Elapsed.TotalSeconds, MemoryUse.Peak);
        JsonFile.Save(record, stage, RunJson.Default.SearchStage);
        return stage;
    }

    /// <summary>The plan that a search prefers.</summary>
    public EmbeddingPlan Derive(SearchResult search)
        => (start == null ? Derivation.WithinTolerance(search, data.Fields, options.Search.Tolerance) : Derivation.Keeping(search, data.Fields, options.Search.Tolerance, start)) with { Projection = Projection };

    /// <summary>The plan of least measured loss within so many deployed bytes.</summary>
    public EmbeddingPlan Within(SearchResult search, long bytes) => Derivation.UnderBudget(search, data.Fields, entry.LinearRow(options.ModelOptions), bytes, options.Search.Tolerance, Projection, start: start);

    /// <summary>Writes plan.json with the search's evidence, where there was a search.</summary>
    /// <param name="method">Who made the plan.</param>
    /// <param name="model">Of the model that the plan is for.</param>
    /// <param name="explanations">Of each field; none before the slim model is trained.</param>
    public void Save(EmbeddingPlan plan, SearchResult? search, string method, ModelOptions model, IReadOnlyList<FieldExplanation>? explanations = null)
    {
        var file = PlanFile.Of(plan, method, data.Fingerprint, entry.ReadsFirstOrder(model));
        PlanEntry Explained(PlanEntry entry, int m)
        {
            var choice = search?.Fields[m];
            return entry with { Candidates = choice?.Dims, Probabilities = choice?.Probabilities, ValidAucs = choice?.ValidAucs, Margin = choice?.Margin, Explanation = explanations?[m] };
        }

        (file with { Fields = [.. file.Fields.Select(Explained)] }).Save(folder.File("plan.json"));
    }

    /// <summary>Takes the search's rows and maps over into a fresh model, from the search's last checkpoint.</summary>
    public Action<CtrModel> Inheritance(double tableL2, EmbeddingPlan plan) => model =>
    {
        using var alone = inheriting.EnterScope(); // trainings side by side ask for it, each in its own thread
        var (name, searchOptions) = OptionsOf(SearchKind.AutoDim, tableL2);
        using var search = New(name, searchOptions);
        search.Run();
        Inheriting.Apply(search.Embedding, search.Learner.Model, plan, model);
    };

    private Projection Projection => options.Projection ?? start?.Projection ?? default;

    private (string Name, AutoDimOptions Options) OptionsOf(SearchKind kind, double tableL2)
    {
        var resolved = options.Search with { TableL2 = options.Search.TableL2For(tableL2) };
        return kind switch
        {
            SearchKind.SingleLevel => ("search-single-level", resolved with { SingleLevel = true }),
            SearchKind.Blocks => ("search-blocks", resolved),
            _ => ("search", resolved),
        };
    }

    /// <param name="inBlocks">Whether blocks of a field choose apart; observers, who show fields, then see no α.</param>
    private AutoDimSearch New(string name, AutoDimOptions searchOptions, bool inBlocks = false)
        => new(entry, options.ModelOptions, training, searchOptions, data, pool, folder.Sub(Path.Combine("search", name)), start, inBlocks)
        {
            OnStep = observer.Step,
            OnPoint = inBlocks ? null : observer.Architecture,
            OnMeasured = observer.Measured,
            OnNote = observer.Note,
        };

    private static IEnumerable<string> Closest(FieldChoice choice) => Enumerable.Range(0, choice.Dims.Count)
        .OrderByDescending(n => choice.Probabilities[n]).Take(2)
        .Select(n => string.Create(CultureInfo.InvariantCulture, $"{choice.Dims[n]} ({choice.Probabilities[n]:P0})"));
}
