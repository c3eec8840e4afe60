using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Settings;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>Training of one model by a plan.</summary>
public sealed record TrainJobOptions
{
    /// <value>A name that <c>autodim models</c> lists; default deepfm.</value>
    [Description("model, one of those that autodim models lists")]
    public string Model { get; init; } = "deepfm";

    /// <value>Path of a plan.json; null: <see cref="Dim"/> for every field.</value>
    [Description("plan.json with each field's dimension")]
    public string? Plan { get; init; }

    /// <value>Dimension of every field where there is no plan, 1 to 1,024; default 16.</value>
    [Description("dimension of every field, without a plan"), Range(1, 1024)]
    public int Dim { get; init; } = 16;

    /// <value>Of every field where there is no plan; default float32.</value>
    [Description("how every field's rows are stored once trained, without a plan")]
    public RowStorage Storage { get; init; }

    /// <value>A <see cref="Embeddings.Forms.RowForm"/> as text, of every field where there is no plan; null: each value has a row.</value>
    [Description("how every field's vectors are made, without a plan, such as stored:8: rows of 8 bits while they train too")]
    public string? Form { get; init; }

    /// <value>
    /// Folder of a trained model, or of the run that holds it, whose tables and maps every training starts from; for autofis one of a search
    /// stage, whose pairs and triples are kept and nothing else. Null: a fresh start.
    /// </value>
    [Description("folder of a trained model whose tables and maps to start from, such as fm's for fnn; autofis keeps the pairs and triples of an autofis")]
    public string? StartFrom { get; init; }

    /// <value>Folder of a trained model, of any kind and size, or of the run that holds it, whose predictions on training samples have a share in the labels. Null: none, labels alone.</value>
    [Description("folder of a trained model of the same data, whose predictions the model learns beside the labels")]
    public string? Teacher { get; init; }

    /// <value>The teacher's share in the labels, 0 to 1; default 0.5. No effect without one.</value>
    [Description("the teacher's share in the labels"), Range(0.0, 1.0)]
    public double Distillation { get; init; } = 0.5;

    /// <value>Trainings, 1 to 100; default 1.</value>
    [Description("trainings, with seeds one after another"), Range(1, 100)]
    public int Seeds { get; init; } = 1;

    /// <value>Values of the tables' L2 tried on validation; default none: <see cref="Embeddings.Optimizers.TableOptimizerOptions.L2"/> as it stands.</value>
    [Description("values of the tables' L2 to choose from on validation"), Range(0.0, 10.0)]
    public IReadOnlyList<double>? TuneL2 { get; init; }

    /// <value>Whether the test split is read at the end; default off, so that it stays unread while models are chosen.</value>
    [Description("read the test split at the end")]
    public bool Test { get; init; }

    /// <value>Whether metrics.jsonl is also written as event files of TensorBoard, in the folder tensorboard; default off.</value>
    [Description("write TensorBoard's event files too, in the folder tensorboard")]
    public bool Tensorboard { get; init; }

    [Prefix("")]
    public ModelOptions ModelOptions { get; init; } = new();

    [Prefix("")]
    public TrainingOptions Training { get; init; } = new();

    /// <summary>The same, where a model that can read its first-order term from the vectors does so if the plan was made for that and nobody said otherwise.</summary>
    /// <param name="isGiven">Whether a setting was given by name.</param>
    internal TrainJobOptions AsGiven(Func<string, bool> isGiven) => Plan != null && !isGiven("first-order") && ModelCatalog.Find(Model).CanReadFirstOrder && PlanFile.Read(Plan).ReadsFirstOrder
        ? this with { ModelOptions = ModelOptions with { FirstOrder = FirstOrderTerm.FieldVectors } } : this;

    /// <summary>Whether a teacher has a share in the labels.</summary>
    internal bool IsTaught => Teacher != null && Distillation > 0;
}
