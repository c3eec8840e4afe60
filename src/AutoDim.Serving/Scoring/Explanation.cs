using AutoDim.Data.Preparation;
using AutoDim.Export;

namespace AutoDim.Serving.Scoring;

/// <summary>What each field adds to a row's log-odds: the row is scored as it is, and again with each field in turn set to its row of unseen values, or, of a sequence, to an empty list.</summary>
/// <param name="Unseen">Per column, whether the row's value is one that training did not have.</param>
internal sealed record Explanation(ServedModel Model, bool[] Unseen)
{
    /// <param name="row">As it was read.</param>
    /// <param name="target">Gets the row and its variants, to be scored.</param>
    public static Explanation Of(ServedModel model, EncodedRows row, EncodedRows target)
    {
        var encoders = model.Encoder.Encoders;
        for (var variant = -1; variant < encoders.Count; variant++)
        {
            if (variant >= 0 && !IsExplained(model, variant)) continue;
            for (var c = 0; c < encoders.Count; c++)
            {
                if (c != variant) target.Columns[c].AddCell(row.Columns[c], 0);
                else if (IsSequence(model, c)) target.Columns[c].EndCell();
                else AddUnseen(target.Columns[c]);
            }

            target.EndRow();
        }

        return new Explanation(model, [.. row.Columns.Select(column => column.Unseen > 0)]);
    }

    /// <summary>Per column: its name, whether its value is unseen, the field's bytes, and the contribution, null where it cannot be told.</summary>
    /// <param name="logits">Of the row and its variants.</param>
    public IEnumerable<(string Name, bool IsUnseen, long Bytes, float? Contribution)> Fields(float[] logits)
    {
        var variant = 1;
        for (var c = 0; c < Unseen.Length; c++)
        {
            yield return (Model.Encoder.Encoders[c].Name, Unseen[c], IsSequence(Model, c) ? 0 : Model.BytesOf(c), IsExplained(Model, c) ? logits[0] - logits[variant++] : null);
        }
    }

    private static void AddUnseen(EncodedColumn column)
    {
        column.Add(FieldEncoder.UnseenRow);
        column.EndCell();
    }

    private static bool IsSequence(ServedModel model, int column) => column >= model.Model.Fields.Count;

    private static bool IsExplained(ServedModel model, int column) => IsSequence(model, column) || model.Encoder.Encoders[column].HasUnseenRow;
}
