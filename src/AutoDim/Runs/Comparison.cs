using System.Text.Json;
using AutoDim.Compression;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Numerics;
using AutoDim.Reports;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>
/// Many methods within the same bytes, all with the same care: each plan's projection and L2 are chosen on validation, then every seed is
/// trained; the test split is read when all that is over. Plans and trainings are kept by what they are, so that methods share what they have in
/// common, and a comparison that is stopped, or given further methods, budgets or seeds, repeats nothing.
/// </summary>
internal sealed class Comparison
{
    private readonly ClickData data;
    private readonly CompareOptions options;
    private readonly RunFolder folder;
    private readonly WorkerPool pool;
    private readonly RunObserver observer;
    private readonly MethodCatalog.Entry[] methods;
    private readonly RowStorage[] storages;

    public Comparison(ClickData data, CompareOptions options, RunFolder folder, WorkerPool pool, RunObserver observer)
    {
        (this.data, this.options, this.folder, this.pool, this.observer) = (data, options, folder, pool, observer);
        foreach (var budget in options.Budgets) ByteSize.Parse(budget, long.MaxValue); // what cannot be read is told before anything is trained
        methods = MethodsOf(options);
        storages = MethodPlans.Storages(options.Storages);
    }

    /// <summary>What each model's stages will need, one model after the other.</summary>
    public static IReadOnlyList<StageEstimate> Estimate(DataManifest data, CompareOptions options, WorkerPool pool)
    {
        var methods = MethodsOf(options);
        var storages = MethodPlans.Storages(options.Storages);
        var plans = methods.Sum(method => method.Different(storages).Count) * options.Budgets.Count;
        return [.. options.Models.Distinct().SelectMany(model => RunEstimate.Of(data, options.Of(model), pool).Comparison(methods, plans).Select(stage => stage with { Stage = $"{model}: {stage.Stage}" }))];
    }

    public ComparisonResult Execute(CancellationToken cancellation)
    {
        RunRecord.Keep(folder, "compare", data, options);
        var models = options.Models.Distinct().Select(model => new ComparedModel(model, data, options, folder.Sub(model), pool, observer)).ToArray();
        foreach (var model in models) model.Train(methods, storages, cancellation);
        observer.Stage("test", "the test split is read, once");
        var labels = Labels.Of(data.Test);
        var training = options.Training.For(data);
        var result = new ComparisonResult
        {
            Data = data.Name,
            Fingerprint = data.Fingerprint,
            Seeds = [.. Enumerable.Range(0, options.Seeds).Select(s => training.Seed + (ulong)s)],
            Fields = FieldProfile.Of(data),
            Models = [.. models.Select(model => model.Test(labels))],
            Threads = pool.ThreadCount,
            Version = typeof(Comparison).Assembly.GetName().Version!.ToString(3),
        };
        AtomicFile.WriteText(folder.File("result.json"), JsonSerializer.Serialize(result, ComparisonJson.Default.ComparisonResult));
        AtomicFile.WriteText(folder.File("report.html"), ComparisonReport.Html(result));
        return result;
    }

    private static MethodCatalog.Entry[] MethodsOf(CompareOptions options)
    {
        MethodCatalog.Entry[] named = [.. options.Methods.Where(name => name != "all").Select(MethodCatalog.Find)];
        return [.. MethodCatalog.All.Where(entry => entry.Name == MethodCatalog.Uniform || options.Methods.Contains("all") || named.Contains(entry))];
    }
}
