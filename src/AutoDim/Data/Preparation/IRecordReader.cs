namespace AutoDim.Data.Preparation;

/// <summary>Reads one file of a click log, some rows at a time.</summary>
internal interface IRecordReader : IDisposable
{
    /// <summary>Clears the chunk and takes the next rows for it; false where none is left.</summary>
    bool Read(RecordChunk chunk);

    /// <summary>Parses what was read, where <see cref="Read"/> left that to do: on any thread, several chunks at a time.</summary>
    void Parse(RecordChunk chunk)
    {
    }
}
