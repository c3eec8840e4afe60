using AutoDim.Data;

namespace AutoDim.Training;

/// <summary>All labels of a split.</summary>
internal static class Labels
{
    public static float[] Of(DataSplit split)
    {
        var labels = new float[split.RowCount];
        split.ReadLabels(labels);
        return labels;
    }

    /// <summary>All labels of the split that training watches.</summary>
    /// <exception cref="AutoDimException">They are all alike, so that there is no AUC.</exception>
    public static float[] OfBothClasses(DataSplit split)
    {
        var labels = Of(split);
        if (labels.AsSpan().ContainsAnyExcept(labels.Length > 0 ? labels[0] : 0)) return labels;
        throw new AutoDimException($"the validation split has {labels.Length} rows{(labels.Length > 0 ? $", all with label {labels[0]}" : "")}; training needs both classes there to watch its AUC: check label and split in the schema");
    }
}
