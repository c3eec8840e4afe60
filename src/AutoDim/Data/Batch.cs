using AutoDim.Numerics;

namespace AutoDim.Data;

/// <summary>
/// Samples on their way into a model: labels and, per field, the table rows they look up. Buffers grow to the largest batch
/// and are used again; the owner disposes them.
/// </summary>
public sealed class Batch : IDisposable
{
    public Batch(IReadOnlyList<Field> fields, int capacity)
    {
        Capacity = capacity;
        Labels = new NativeBuffer<float>(capacity);
        Columns = [.. Field.Columns(fields).Select(column => new BatchColumn(column, capacity))];
        var next = fields.Count;
        for (var m = 0; m < fields.Count; m++)
        {
            Columns[m].Sequences = Columns[next..(next + (fields[m].Sequences?.Count ?? 0))];
            next += Columns[m].Sequences.Length;
        }
    }

    /// <summary>Samples the batch can hold.</summary>
    public int Capacity { get; }

    /// <summary>Samples it holds now, at most <see cref="Capacity"/>.</summary>
    public int Size
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Capacity);
            field = value;
            (First, WholeSize, IsShared) = (0, value, false);
        }
    }

    /// <summary>Where the samples stand in the step's whole batch, of which they may be one rank's share.</summary>
    internal int First { get; private set; }

    /// <summary>Samples of the step's whole batch.</summary>
    internal int WholeSize { get; private set; }

    /// <summary>One label per sample: 0 or 1, or between them where a teacher has a share in it.</summary>
    internal NativeBuffer<float> Labels { get; }

    /// <summary>A column for each field, then one for each sequence: <see cref="Field.Columns"/>.</summary>
    internal BatchColumn[] Columns { get; }

    /// <summary>Whether it is known which share of a step's samples these are.</summary>
    internal bool IsShared { get; private set; }

    /// <summary>Notes that the samples are a share of a larger batch, of so many, which stand there from <paramref name="first"/> on.</summary>
    internal void Share(int first, int wholeSize)
    {
        (First, WholeSize, IsShared) = (first, wholeSize, true);
    }

    public void Dispose()
    {
        Labels.Dispose();
        foreach (var column in Columns) column.Dispose();
    }
}
