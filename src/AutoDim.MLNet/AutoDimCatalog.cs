using AutoDim;
using AutoDim.MLNet;

namespace Microsoft.ML;

/// <summary>AutoDim among ML.NET's trainers.</summary>
public static class AutoDimCatalog
{
    /// <summary>
    /// A trainer that finds the embedding dimension of each field: text, boolean, integer and key columns are categorical fields, float and
    /// double ones numeric fields, vectors of text or keys multi-valued ones.
    /// </summary>
    /// <param name="catalog">Of the context: <c>mlContext.BinaryClassification.Trainers</c>.</param>
    /// <param name="labelColumnName">A boolean column.</param>
    /// <param name="fieldColumnNames">Null: every column but the label that can be a field.</param>
    public static AutoDimTrainer AutoDim(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, string labelColumnName = "Label", IReadOnlyList<string>? fieldColumnNames = null, AutoDimTrainerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new AutoDimTrainer(labelColumnName, fieldColumnNames, options ?? new AutoDimTrainerOptions());
    }

    /// <summary>A model that <see cref="AutoDimTransformer.Save"/>, <c>autodim run</c> or <c>autodim train</c> left in a folder.</summary>
    /// <param name="catalog">Of the context: <c>mlContext.Model</c>.</param>
    /// <param name="folder">The model's, or the run's that holds it.</param>
    /// <exception cref="AutoDimException">It holds no model with a vocabulary, or a damaged one.</exception>
    public static AutoDimTransformer LoadAutoDim(this ModelOperationsCatalog catalog, string folder)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return AutoDimTransformer.Load(folder);
    }
}
