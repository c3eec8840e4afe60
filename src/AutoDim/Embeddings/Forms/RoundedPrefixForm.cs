namespace AutoDim.Embeddings.Forms;

/// <summary>Rows that keep their first numbers and are rounded while they train: <see cref="PrefixForm"/> and <see cref="RoundedForm"/> in one. Each row is rounded as its own length is stored.</summary>
/// <param name="Rounding">Of the kept numbers. The plan's storage is to be that of as many bits.</param>
internal sealed record RoundedPrefixForm(RoundedForm Rounding, PrefixForm Prefix) : MaskedForm(Prefix.Mask)
{
    public const string Name = "rounded-prefix";

    public override string Text => $"{Name}:{Rounding.Bits}{Prefix.Text[PrefixForm.Name.Length..]}";

    public override RowForm? Trained => this;

    internal override bool IsAsTrained => false;

    internal override RowForm? AsNumbers => null;

    internal override KeptLayout Layout => Prefix.Layout;

    internal override long Kept => Prefix.Kept;

    internal override long KeptBytes(long rows, int dim, RowStorage storage) => Prefix.KeptBytes(rows, dim, storage);

    /// <summary>The form of the bits of a number, then the numbers of <see cref="PrefixForm.Of"/>.</summary>
    public static RoundedPrefixForm Of(long[] numbers) => new(new RoundedForm(numbers[0]), PrefixForm.Of(numbers[1..]));

    internal override ComposedRows Create(in ComposedField field) => field.Set.IsDeployed ? base.Create(field) : Rounding.Create(field);
}
