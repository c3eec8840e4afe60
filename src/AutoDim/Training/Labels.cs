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
}
