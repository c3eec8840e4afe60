namespace AutoDim.Autograd;

/// <summary>Distinct rows of one table in this pass.</summary>
/// <param name="Table">Index of the table within its model.</param>
/// <param name="RowsAddress">Address of the table row of each row of <paramref name="Vectors"/>; distinct.</param>
/// <param name="Vectors">The rows' values and gradients, (distinct, dim).</param>
internal readonly unsafe record struct TableLookup(int Table, nint RowsAddress, Tensor Vectors)
{
    // Not public: a record prints what is, and the native compiler cannot print a pointer.
    internal long* Rows => (long*)RowsAddress;
}
