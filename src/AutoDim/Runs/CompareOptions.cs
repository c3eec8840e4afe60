using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using AutoDim.Compression;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Search.AutoDim;
using AutoDim.Settings;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>A comparison of methods, each within the same bytes and with the same care.</summary>
public sealed record CompareOptions
{
    /// <value>Names that <c>autodim models</c> lists; default deepfm.</value>
    [Description("models, of those that autodim models lists")]
    public IReadOnlyList<string> Models { get; init; } = ["deepfm"];

    /// <value>Names of methods, or all. Default: dull baselines and those that led on public data. Uniform dimensions are always among them.</value>
    [Description("methods: all, or some of " + MethodCatalog.Names)]
    public IReadOnlyList<string> Methods { get; init; } = [MethodCatalog.Uniform, "mde", "autodim", "folding", "measured-folding", "measured-blocks-rounded"];

    /// <value>Limits of deployed embedding bytes ("64MB") or shares of the full model's ("25%"); default 50%, 25%, 10%.</value>
    [Description("limits of deployed embedding bytes: 64MB, or 25% of the full model's")]
    public IReadOnlyList<string> Budgets { get; init; } = ["50%", "25%", "10%"];

    /// <value>How rows are kept once trained, of float32, float16, int8, int4, int3 and int2; every method is tried with each, but one that mixes storages with the coarsest alone. Default float32, int8.</value>
    [Description("how rows are kept once trained: some of float32, float16, int8, int4, int3, int2; each method is tried with each, one that mixes them with the coarsest alone")]
    public IReadOnlyList<string> Storages { get; init; } = ["float32", "int8"];

    /// <value>Dimension of the full model; default 0: the largest candidate.</value>
    [Description("dimension of the full model; 0: the largest candidate"), Range(0, 1024)]
    public int Dim { get; init; }

    /// <value>Trainings of everything compared, 1 to 100; default 3.</value>
    [Description("trainings of everything compared, with seeds one after another"), Range(1, 100)]
    public int Seeds { get; init; } = 3;

    /// <value>Values of the tables' L2 tried on validation, for everything compared. Default 1e-5, 1e-4, 1e-3, 5e-2.</value>
    [Description("values of the tables' L2 to choose from on validation, for everything compared"), Range(0.0, 10.0)]
    public IReadOnlyList<double> TuneL2 { get; init; } = [1e-5, 1e-4, 1e-3, 5e-2];

    /// <value>Null (default): chosen on validation with each method's first plan of mixed dimensions, among those that the model can take.</value>
    [Description("how a field's own dimension meets a model that needs equal ones; default: chosen on validation, with each method's first plan")]
    public Projection? Projection { get; init; }

    /// <value>Share of the full model's prediction in the labels that all compared with it learn, uniform dimensions too, 0 to 1; default 0: labels alone. Each seed's full model teaches that seed.</value>
    [Description("share of the full model's prediction in the labels that everything compared with it learns, such as 0.5; 0: labels alone"), Range(0.0, 1.0)]
    public double Distillation { get; init; }

    [Prefix("")]
    public ModelOptions ModelOptions { get; init; } = new();

    [Prefix("")]
    public TrainingOptions Training { get; init; } = new();

    [Prefix("search-")]
    public AutoDimOptions Search { get; init; } = new();

    /// <summary>The options of a run of one of the models; AutoDim and AutoDim-s are methods of their own here.</summary>
    internal RunOptions Of(string model) => new() { Model = model, Dim = Dim, Seeds = Seeds, TuneL2 = TuneL2, Projection = Projection, Distillation = Distillation, ModelOptions = ModelOptions, Training = Training, Search = Search with { SingleLevel = false } };
}
