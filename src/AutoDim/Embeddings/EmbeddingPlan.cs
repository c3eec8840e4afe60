using AutoDim.Data;
using AutoDim.Embeddings.Forms;

namespace AutoDim.Embeddings;

/// <summary>How a field's own dimension meets a model that needs equal ones.</summary>
public enum Projection
{
    /// <summary>A linear map d → D with bias per field; the identity where d = D. The default.</summary>
    Linear,

    /// <summary>Zeros after the first d coordinates.</summary>
    ZeroPadding,

    /// <summary>None: the model takes each field's own numbers side by side. For models that concatenate, not for inner products.</summary>
    None,
}

/// <summary>What a plan says about one field.</summary>
/// <param name="Field">The field's name.</param>
/// <param name="Rows">Rows of its table.</param>
/// <param name="Dim">Numbers per row; 0 drops the field's vectors (its first-order weights stay).</param>
/// <param name="Storage">How rows are kept once trained.</param>
public sealed record PlanField(string Field, long Rows, int Dim, RowStorage Storage = RowStorage.Float32)
{
    /// <value>Values that training saw fewer times share a row; 0 or 1: every value has its own.</value>
    public long MinCount { get; init; }

    /// <value>How the vectors are made of what is stored; null: each value has a row.</value>
    public RowForm? Form { get; init; }

    /// <summary>Bytes of the field's vectors.</summary>
    public long Bytes => BytesOf(Dim);

    /// <summary>Numbers that are trained for the field's vectors.</summary>
    public long Parameters => Dim == 0 ? 0 : Form?.Parameters(Rows, Dim) ?? Rows * Dim;

    /// <summary>Bytes of the field's vectors where they have so many numbers; a first-order weight is a vector of one.</summary>
    internal long BytesOf(int dim) => dim == 0 ? 0 : Form?.Bytes(Rows, dim, Storage) ?? Rows * RowFormat.Bytes(Storage, dim);
}

/// <summary>
/// The contract between search, training, export and reports: every field's dimension, and how dimensions are made equal where
/// a model needs it. Every method produces one, every model consumes one, and a user can write one by hand.
/// </summary>
public sealed record EmbeddingPlan(IReadOnlyList<PlanField> Fields, Projection Projection = Projection.Linear)
{
    /// <summary>Largest dimension that a field may have.</summary>
    internal const int MostDim = 4096;

    /// <summary>D, the dimension that maps lead to: the largest of any field.</summary>
    public int MappedDim => Fields.Max(item => item.Dim);

    /// <summary>Whether all fields have the same dimension, so that no maps are needed.</summary>
    public bool IsUniform => Fields.All(item => item.Dim == MappedDim);

    /// <summary>Whether some field has vectors shorter than D, so that the projection has something to do.</summary>
    internal bool IsMixed => Fields.Any(item => item.Dim > 0 && item.Dim < MappedDim);

    /// <summary>The same plan with the linear projection where its own would do the same. (Without any, a dropped field has no place beside the others, in the linear one it has.)</summary>
    internal EmbeddingPlan InSimplestProjection
        => IsUniform || (!IsMixed && Projection == Projection.ZeroPadding) ? this with { Projection = Projection.Linear } : this;

    /// <summary>Embedding parameters without first-order weights: Σ rows · dim, where each value has a row.</summary>
    public long Parameters => Fields.Sum(item => item.Parameters);

    /// <summary>Whether every row is kept as float32.</summary>
    public bool IsFloat32 => Fields.All(item => item.Storage == RowStorage.Float32);

    /// <summary>The plan that the tables follow while they are trained: all numbers are there, as float32.</summary>
    internal EmbeddingPlan Trained => this with { Fields = [.. Fields.Select(item => item with { Storage = RowStorage.Float32, Form = item.Form?.Trained })] };

    /// <summary>The plan of tables, made to score with, that hold as numbers what is deployed.</summary>
    internal EmbeddingPlan AsNumbers => this with { Fields = [.. Fields.Select(item => item with { Storage = RowStorage.Float32, Form = item.Form?.AsNumbers })] };

    /// <summary>Whether a model is kept as it was trained: no row is packed, and no form learns more than it keeps.</summary>
    internal bool IsAsTrained => Fields.SequenceEqual(Trained.Fields) && Fields.All(item => item.Form is not { IsAsTrained: false });

    /// <summary>The same with rows rounded in training to the integers that they are stored as.</summary>
    internal EmbeddingPlan Rounded => this with
    {
        Fields = [.. Fields.Select(item => item with { Form = RoundedForm.For(item.Storage) is not { } rounding ? item.Form : item.Form is PrefixForm prefix ? new RoundedPrefixForm(rounding, prefix) : rounding })],
    };

    /// <summary>The same with plain rows that lie in few bits in training too.</summary>
    internal EmbeddingPlan StoredInTraining => this with { Fields = [.. Fields.Select(item => item with { Form = item.Form ?? StoredForm.For(item.Storage) })] };

    /// <summary>The same without rounding in training; null where there is none.</summary>
    internal EmbeddingPlan? Unrounded
    {
        get
        {
            var without = this with { Fields = [.. Fields.Select(item => item with { Form = item.Form switch { RoundedForm => null, RoundedPrefixForm form => form.Prefix.Plain, var other => other } })] };
            return without.Fields.SequenceEqual(Fields) ? null : without;
        }
    }

    /// <summary>Every field of one dimension.</summary>
    public static EmbeddingPlan Uniform(IEnumerable<Field> fields, int dim)
        => new([.. fields.Select(field => new PlanField(field.Name, field.Rows, dim))]);

    /// <summary>Each field of its own dimension, in the order of the fields.</summary>
    /// <param name="fields">With the rows that are left where rare values share one.</param>
    /// <param name="storages">Each field's; null or none at all: float32.</param>
    /// <param name="minCounts">Likewise; null or none at all: no values share a row.</param>
    /// <param name="forms">Likewise; null or none at all: each value has a row.</param>
    public static EmbeddingPlan Of(
        IEnumerable<Field> fields, IEnumerable<int> dims, IReadOnlyList<RowStorage>? storages = null, IReadOnlyList<long>? minCounts = null, IReadOnlyList<RowForm?>? forms = null)
        => new([.. fields.Zip(dims).Select((pair, m) => new PlanField(pair.First.Name, pair.First.Rows, pair.Second)
        {
            Storage = storages is { Count: > 0 } ? storages[m] : RowStorage.Float32,
            MinCount = minCounts is { Count: > 0 } ? minCounts[m] : 0,
            Form = forms is { Count: > 0 } ? forms[m] : null,
        })]);

    /// <summary>Each field's storage; empty where all are float32.</summary>
    public IReadOnlyList<RowStorage> Storages => IsFloat32 ? [] : [.. Fields.Select(item => item.Storage)];

    /// <summary>Each field's limit below which values share a row; empty where none do.</summary>
    public IReadOnlyList<long> MinCounts => Fields.All(item => item.MinCount <= 1) ? [] : [.. Fields.Select(item => item.MinCount)];

    /// <summary>How each field's vectors are made; empty where each value has a row.</summary>
    public IReadOnlyList<RowForm?> Forms => Fields.All(item => item.Form == null) ? [] : [.. Fields.Select(item => item.Form)];

    /// <summary>Whether all fields have the same dimension and a row for each value of the data: a model as it would be without a plan.</summary>
    public bool IsPlain => IsUniform && MinCounts.Count == 0 && Forms.Count == 0;

    /// <summary>The same dimensions with every field's rows kept in one storage.</summary>
    public EmbeddingPlan Stored(RowStorage storage) => this with { Fields = [.. Fields.Select(item => item with { Storage = storage })] };

    /// <summary>Throws unless this plan names exactly the data's fields, in order, with their rows.</summary>
    public void Check(IReadOnlyList<Field> fields)
    {
        if (Fields.Count != fields.Count)
        {
            throw new AutoDimException($"the plan has {Fields.Count} fields, the data {fields.Count}; make the plan from this data set");
        }

        for (var i = 0; i < fields.Count; i++)
        {
            if (Fields[i].Field != fields[i].Name || Fields[i].Rows != fields[i].Rows)
            {
                throw new AutoDimException($"field {i} of the plan is '{Fields[i].Field}' with {Fields[i].Rows} rows, the data's is '{fields[i].Name}' with {fields[i].Rows}; make the plan from this data set");
            }

            if (Fields[i].Dim is < 0 or > MostDim) throw new AutoDimException($"field '{Fields[i].Field}' has dimension {Fields[i].Dim}; it must be 0 to {MostDim}");
        }

        if (MappedDim == 0) throw new AutoDimException("every field of the plan has dimension 0; at least one must keep a vector");
    }
}
