using Microsoft.ML;
using Microsoft.ML.Data;

namespace AutoDim.MLNet;

/// <summary>The columns that a model adds, named as ML.NET's binary classifiers name them.</summary>
public static class ScoreColumns
{
    /// <summary>Log-odds of a click, <see cref="float"/>.</summary>
    public const string Score = nameof(Score);

    /// <summary>Probability of a click, <see cref="float"/> in 0 … 1.</summary>
    public const string Probability = nameof(Probability);

    /// <summary>Whether the probability is above a half, <see cref="bool"/>.</summary>
    public const string PredictedLabel = nameof(PredictedLabel);

    internal static DataViewSchema AddedTo(DataViewSchema input)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumn(Score, NumberDataViewType.Single);
        builder.AddColumn(Probability, NumberDataViewType.Single);
        builder.AddColumn(PredictedLabel, BooleanDataViewType.Instance);
        return builder.ToSchema();
    }

    /// <summary>A shape's columns can be made within ML.NET alone, so one of its own transforms makes them.</summary>
    internal static SchemaShape AddedTo(SchemaShape input)
        => new MLContext().Transforms.CustomMapping<Nothing, Added>((_, _) => { }, contractName: null).GetOutputSchema(input);

    private sealed class Nothing;

    private sealed class Added
    {
        public float Score { get; set; }

        public float Probability { get; set; }

        public bool PredictedLabel { get; set; }
    }
}
