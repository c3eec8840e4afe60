using AutoDim.Data;

namespace AutoDim.Runs;

/// <summary>Where a data set's embeddings are: a field's rows, how many of them training hardly saw, and how much of its traffic those have.</summary>
/// <param name="RowShare">Of all fields' rows: its share of the bytes where every field has one dimension.</param>
/// <param name="RareRowShare">Of its rows, those that training saw fewer than <see cref="Rare"/> times.</param>
/// <param name="RareTraffic">Of its occurrences in training, those of such rows.</param>
public sealed record FieldProfile(string Field, long Rows, double RowShare, double RareRowShare, double RareTraffic)
{
    /// <summary>A row that occurs fewer times than this is rare.</summary>
    public const int Rare = 5;

    internal static FieldProfile[] Of(ClickData data)
    {
        var all = (double)data.Fields.Sum(field => field.Rows);
        return [.. data.Fields.Zip(data.TrainCounts, (field, counts) => new FieldProfile(field.Name, field.Rows, field.Rows / all,
            counts.Count(count => count < Rare) / (double)field.Rows, counts.Where(count => count < Rare).Sum() / (double)Math.Max(1, counts.Sum())))];
    }
}
