namespace AutoDim.Embeddings.Forms;

/// <summary>A vector's numbers in groups of neighbours, as near to one length as may be.</summary>
/// <param name="Dim">Numbers of the vector.</param>
/// <param name="Count">Groups, at most as many.</param>
internal readonly record struct VectorGroups(int Dim, int Count)
{
    /// <summary>A group's first number.</summary>
    public int First(int group) => group * Dim / Count;

    public int Length(int group) => First(group + 1) - First(group);
}
