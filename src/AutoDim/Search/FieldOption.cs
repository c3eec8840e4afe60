using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;

namespace AutoDim.Search;

/// <summary>Something a field may be given.</summary>
/// <param name="Loss">What that costs, in a measure that adds up over fields: AUC, squared error.</param>
internal sealed record FieldOption(int Dim, double Loss, RowStorage Storage = RowStorage.Float32)
{
    /// <summary>Values that training saw fewer times share a row; 0: every value has its own.</summary>
    public long MinCount { get; init; }

    /// <summary>How the vectors are made of what is stored; null: each value has a row.</summary>
    public RowForm? Form { get; init; }

    /// <summary>The field as it then is; null: as it was.</summary>
    public Field? Folded { get; init; }
}
