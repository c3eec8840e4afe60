namespace AutoDim.Embeddings.Forms;

/// <summary>
/// Rows that keep their first numbers and are rounded while they train: <see cref="PrefixForm"/> and <see cref="RoundedForm"/> in one. Each row is rounded as rows of its length are stored, which may be in bits of their own:
/// popular values more numbers and more bits.
/// </summary>
/// <param name="Rounding">Of the kept numbers; where prefixes have storages of their own, the coarsest. The plan's storage is to be that of as many bits.</param>
internal sealed record RoundedPrefixForm(RoundedForm Rounding, PrefixForm Prefix) : MaskedForm(Prefix.Mask)
{
    public const string Name = "rounded-prefix", MixedName = "mixed-prefix";

    public override string Text => IsMixed ? $"{MixedName}:{Mask}{string.Concat(Prefix.Prefixes.Select(prefix => $":{prefix.Rows}:{prefix.Dim}:{RoundedForm.For(prefix.StorageIn(Rounding.Storage))!.Bits}"))}"
        : $"{Name}:{Rounding.Bits}{Prefix.Text[PrefixForm.Name.Length..]}";

    public override RowForm? Trained => this;

    internal override bool IsAsTrained => false;

    internal override RowForm? AsNumbers => null;

    internal override KeptLayout Layout => Prefix.Layout;

    internal override long Kept => Prefix.Kept;

    private bool IsMixed => Prefix.Prefixes.Any(prefix => prefix.Storage != null);

    internal override long KeptBytes(long rows, int dim, RowStorage storage) => Prefix.KeptBytes(rows, dim, storage);

    /// <summary>The form of the bits of a number, then the numbers of <see cref="PrefixForm.Of"/>.</summary>
    public static RoundedPrefixForm Of(long[] numbers) => new(new RoundedForm(numbers[0]), PrefixForm.Of(numbers[1..]));

    /// <summary>The form of a mask's number, then of rows, their numbers and the bits of those in turn.</summary>
    public static RoundedPrefixForm OfMixed(long[] numbers)
    {
        var triples = numbers.Skip(1).Chunk(3).ToArray();
        var prefix = PrefixForm.Of([numbers[0], .. triples.SelectMany(triple => triple[..2])]);
        return new(new RoundedForm(triples.Min(triple => triple[2])), prefix with { Prefixes = [.. prefix.Prefixes.Zip(triples, (part, triple) => part with { Storage = new RoundedForm(triple[2]).Storage })] });
    }

    public bool Equals(RoundedPrefixForm? other) => other?.Text == Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    internal override ComposedRows Create(in ComposedField field)
    {
        if (field.Set.IsDeployed) return base.Create(field);
        var storages = Enumerable.Repeat(Rounding.Storage, field.Dim + 1).ToArray();
        foreach (var prefix in Prefix.Prefixes.Where(prefix => prefix.Dim < storages.Length)) storages[prefix.Dim] = prefix.StorageIn(Rounding.Storage);
        return new RoundedRows(field.AddRows(), storages);
    }
}
