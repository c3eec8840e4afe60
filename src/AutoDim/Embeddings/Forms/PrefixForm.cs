namespace AutoDim.Embeddings.Forms;

/// <summary>Rows that keep their first numbers, popular values more of them than rare ones: <see cref="PrefixRows"/>. A field's dimension is the largest that any of its rows has.</summary>
/// <param name="Prefixes">How many rows keep how many numbers; those that are not among them keep none.</param>
internal sealed record PrefixForm(IReadOnlyList<RowPrefix> Prefixes, long Mask) : MaskedForm(Mask)
{
    public const string Name = "prefix";

    public override string Text => $"{Name}:{Mask}{string.Concat(Prefixes.Select(prefix => $":{prefix.Rows}:{prefix.Dim}"))}";

    /// <summary>The form of a mask's number, then of rows and their numbers in turn.</summary>
    public static PrefixForm Of(long[] numbers)
        => new([.. numbers.Skip(1).Chunk(2).Select(pair => new RowPrefix(pair[0], (int)Math.Min(pair[1], EmbeddingPlan.MostDim)))], numbers[0]);

    /// <summary>The same without storages of its own, as before rows are rounded.</summary>
    internal PrefixForm Plain => this with { Prefixes = [.. Prefixes.Select(prefix => prefix with { Storage = null })] };

    internal override KeptLayout Layout => (name, rows, dim, storage, source) => new PrefixRows(name, rows, dim, storage, Within(dim), source);

    internal override long Kept => Prefixes.Sum(prefix => prefix.Rows * prefix.Dim);

    internal override long KeptBytes(long rows, int dim, RowStorage storage) => PrefixRows.Bytes(rows, storage, Within(dim));

    public bool Equals(PrefixForm? other) => other?.Text == Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <exception cref="AutoDimException">A prefix is longer than the rows.</exception>
    private IReadOnlyList<RowPrefix> Within(int dim) => Prefixes.All(prefix => prefix.Dim <= dim) ? Prefixes
        : throw new AutoDimException($"the form '{Text}' keeps {Prefixes.Max(prefix => prefix.Dim)} numbers of rows that have {dim}");
}
