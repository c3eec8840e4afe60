namespace AutoDim.Embeddings;

/// <summary>Rows of tables that lie in memory already, such as a mapped file's. Read only; the owner outlives the tables.</summary>
internal interface ITableRows
{
    /// <summary>The address of a table's first row, by its name, rows, dimension and storage.</summary>
    /// <exception cref="AutoDimException">There is no such table.</exception>
    nint Find(EmbeddingTable table);
}
