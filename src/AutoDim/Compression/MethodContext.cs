using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Search.AutoDim;
using AutoDim.Training;

namespace AutoDim.Compression;

/// <summary>What methods work with: the data, the trained full model, and ways to search and to try. The test split is not among it.</summary>
internal sealed class MethodContext
{
    public required IReadOnlyList<Field> Fields { get; init; }

    public required DataSplit Train { get; init; }

    public required DataSplit Valid { get; init; }

    /// <summary>What a value has beside its vector.</summary>
    public required LinearRow LinearRow { get; init; }

    /// <summary>Dimension of the full model.</summary>
    public required int FullDim { get; init; }

    /// <summary>Dimensions to choose from, ascending, where a method has no finer ones of its own.</summary>
    public required IReadOnlyList<int> Candidates { get; init; }

    public required TrainingOptions Training { get; init; }

    /// <summary>λ of the tables' L2 that the full model was trained with.</summary>
    public required double TableL2 { get; init; }

    /// <summary>Loads the trained full model; the caller disposes it.</summary>
    public required Func<CtrModel> LoadFull { get; init; }

    /// <summary>A fresh model, started as those of plans are, whose vectors come from elsewhere; the caller disposes it.</summary>
    public required Func<Func<ModelContext, EmbeddingLayer>, CtrModel> NewModel { get; init; }

    /// <summary>Where methods keep what their own trainings go on from; null: nowhere.</summary>
    public RunFolder? Folder { get; init; }

    /// <summary>Keeps a mask, to be found by its <see cref="RowMask.Id"/>.</summary>
    public required Action<RowMask> KeepMask { get; init; }

    /// <summary>A search of AutoDim; each kind is made once.</summary>
    public required Func<SearchKind, SearchResult> Search { get; init; }

    /// <summary>Trains a plan once, or finds it trained, and tells its validation AUC.</summary>
    public required Func<EmbeddingPlan, double> Try { get; init; }

    /// <summary>Counts <see cref="Counts"/>, or knows them.</summary>
    public required Func<IReadOnlyList<long[]>> CountRows { get; init; }

    /// <summary>The fields as they are when each field's values below a minimal count share a row.</summary>
    public required Func<IReadOnlyList<long>, IReadOnlyList<Field>> FoldedFields { get; init; }

    /// <summary>How often training has each row of a field that is left when its values below a minimal count share one.</summary>
    public required Func<int, long, long[]> FoldedCounts { get; init; }

    /// <summary>Told after every step of a method's own training.</summary>
    public Action<TrainingProgress>? OnStep { get; init; }

    /// <summary>Told of each evaluation how many are done, of how many.</summary>
    public required Action<int, int> Measured { get; init; }

    public CancellationToken Cancellation { get; init; }

    /// <summary>How often each row of each field occurs in training.</summary>
    public IReadOnlyList<long[]> Counts => CountRows();

    /// <summary>A plan of these dimensions as a request wants it, none above the field's rows or the full model's.</summary>
    public EmbeddingPlan Plan(IEnumerable<int> dims, PlanRequest request)
        => EmbeddingPlan.Of(Fields, dims.Zip(Fields, (dim, field) => (int)Math.Min(Math.Min(dim, FullDim), field.Rows))).Stored(request.Storage) with { Projection = request.Projection };

    /// <summary>Deployed embedding bytes.</summary>
    public long Bytes(EmbeddingPlan plan) => PlanBytes.Of(plan, FoldedFields(plan.MinCounts), LinearRow).Deployed;

    /// <summary>One field as it is when its values below a minimal count share a row.</summary>
    public Field Folded(int field, long minCount) => FoldedFields([.. Fields.Select((_, m) => m == field ? minCount : 0)])[field];

    public bool Fits(EmbeddingPlan plan, PlanRequest request) => plan.MappedDim > 0 && Bytes(plan) <= request.Budget;
}
