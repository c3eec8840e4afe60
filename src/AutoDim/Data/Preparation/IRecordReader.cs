namespace AutoDim.Data.Preparation;

/// <summary>Reads one file of a click log, some rows at a time.</summary>
internal interface IRecordReader : IDisposable
{
    /// <summary>Clears the chunk and fills it; false where no row is left.</summary>
    bool Read(RecordChunk chunk);
}
