using AutoDim.Embeddings;
using AutoDim.Models;

namespace AutoDim.Runs;

/// <summary>Starts a model from a trained one: tables and maps of the same names come over, the other dense weights start afresh.</summary>
internal static unsafe class StartingWeights
{
    /// <exception cref="AutoDimException">A table has other rows or another dimension, or the two models share no table.</exception>
    public static void Copy(CtrModel trained, CtrModel model)
    {
        if (!model.Tables.Any(table => Match(trained, table) != null)) throw new AutoDimException($"the {trained.GetType().Name} to start from shares no table with {model.GetType().Name}");
        var row = stackalloc Real[model.Tables.Max(table => table.Dim)];
        foreach (var table in model.Tables)
        {
            if (Match(trained, table) is not { } source) continue;
            if ((source.Rows, source.Dim) != (table.Rows, table.Dim))
            {
                throw new AutoDimException($"table {table.Name} has {table.Rows} rows of {table.Dim}, in the model to start from {source.Rows} of {source.Dim}; start from a model of the same data and plan");
            }

            for (var position = 0L; position < table.OwnRows; position++)
            {
                source.Read(table.Share?.RowAt(position) ?? position, row);
                table.Write(position, row);
            }
        }

        foreach (var map in model.Parameters.Where(parameter => parameter.Name.StartsWith("map.", StringComparison.Ordinal)))
        {
            trained.Parameters.FirstOrDefault(parameter => parameter.Name == map.Name && parameter.Length == map.Length)?.Values.CopyTo(map.Values);
        }
    }

    private static EmbeddingTable? Match(CtrModel trained, EmbeddingTable table) => trained.Tables.FirstOrDefault(candidate => candidate.Name == table.Name);
}
