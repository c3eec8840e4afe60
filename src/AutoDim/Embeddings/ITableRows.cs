namespace AutoDim.Embeddings;

/// <summary>Rows of tables that lie in memory already, such as a mapped file's. Read only; the owner outlives the tables.</summary>
internal interface ITableRows
{
    /// <summary>The address of a table's array, by its name, shape and type.</summary>
    /// <exception cref="AutoDimException">There is no such array.</exception>
    nint Find(TablePart part);
}
