namespace AutoDim.Data;

/// <summary>How far <see cref="AtomicFile"/> has come with a file; a process may be killed after each.</summary>
internal enum WritePoint
{
    /// <summary>The temporary file is there, empty.</summary>
    Opened,

    /// <summary>Everything was handed to it, if not yet to the disk.</summary>
    Written,

    /// <summary>The disk has it.</summary>
    Flushed,

    /// <summary>It has the file's name.</summary>
    Renamed,
}
