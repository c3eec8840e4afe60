namespace AutoDim.Data.Preparation;

/// <summary>
/// Gives a field's values their table rows: counts training values first, then encodes every split. Rows 0 and 1 are kept for
/// values unseen or too rare and for missing ones, but where ids are rows already.
/// </summary>
internal abstract class FieldEncoder(string name)
{
    /// <summary>Row of values unseen in training, or rarer than the minimal count.</summary>
    public const long UnseenRow = 0;

    /// <summary>Row of a missing value.</summary>
    public const long MissingRow = 1;

    /// <summary>Rows before the first value's.</summary>
    public const long ReservedRows = 2;

    public string Name { get; } = name;

    /// <summary>Rows of the field's table; known once counting is finished.</summary>
    public abstract long Rows { get; }

    /// <summary>Bytes of what must ship with a model to encode this field.</summary>
    public abstract long VocabularyBytes { get; }

    /// <summary>How a raw value leads to a row.</summary>
    public virtual RowMap Map => RowMap.Computed;

    /// <summary>Training values counted that are not missing.</summary>
    public long Present { get; private set; }

    /// <summary>Sees cells of training rows, and may change them.</summary>
    /// <param name="counts">Where values are counted: empty at first, then for this encoder alone until it is finished.</param>
    public void Count(Span<ulong> cells, ValueCounts counts)
    {
        var present = 0;
        foreach (var cell in cells)
        {
            cells[present] = cell;
            present += cell == CellColumn.Missing ? 0 : 1;
        }

        Present += present;
        CountValues(cells[..present], counts);
    }

    /// <summary>The row of a cell.</summary>
    public long RowOf(ulong cell)
    {
        var row = 0L;
        RowsOf(new ReadOnlySpan<ulong>(ref cell), new Span<long>(ref row));
        return row;
    }

    /// <summary>The rows of cells.</summary>
    public void RowsOf(ReadOnlySpan<ulong> cells, Span<long> rows)
    {
        FindRows(cells, rows);
        for (var i = 0; i < cells.Length; i++)
        {
            if (cells[i] == CellColumn.Missing) rows[i] = MissingRow;
        }
    }

    /// <summary>Fixes the rows after all training values were counted, and clears the counts; returns what <see cref="FinishAs"/> takes on other ranks.</summary>
    public ulong[] Finish(ValueCounts counts)
    {
        var findings = Conclude(counts);
        Fix(findings);
        return findings;
    }

    /// <summary>Fixes the rows as another rank did, which counted this field's values.</summary>
    /// <param name="findings">What <see cref="Finish"/> returned there.</param>
    public void FinishAs(ulong[] findings, long present)
    {
        Present = present;
        Fix(findings);
    }

    /// <summary>An encoder that gives only some values rows of their own, in their present order, and row 0 to all others.</summary>
    /// <param name="isKept">Told a value's present row.</param>
    /// <exception cref="NotSupportedException">The field's rows are computed.</exception>
    public virtual FieldEncoder Keep(Func<long, bool> isKept) => throw new NotSupportedException($"the rows of field '{Name}' are computed, none can be left out");

    /// <summary>Writes what encoding needs, as a tagged record that <see cref="Load"/> reads.</summary>
    public abstract void Save(BinaryWriter writer);

    public static FieldEncoder Create(FieldSchema field, int minCount)
    {
        if (field.Hash is { } rows) return new HashEncoder(field.FullName, rows);
        if (field.Kind != FieldKind.Numeric) return new VocabularyEncoder(field.FullName, field.MinCount ?? minCount, logSquare: false);
        return field.Buckets?.Rule == BucketSchema.LogSquare ? new VocabularyEncoder(field.FullName, field.MinCount ?? minCount, logSquare: true)
            : new BucketEncoder(field.FullName, field.Count, field.Buckets is { Rule: null } given ? given.Boundaries : null);
    }

    public static FieldEncoder Load(BinaryReader reader)
    {
        var (kind, name) = (reader.ReadByte(), reader.ReadString());
        return kind switch
        {
            VocabularyEncoder.Tag => VocabularyEncoder.Read(name, reader),
            HashEncoder.Tag => reader.ReadInt64() is > 0 and < long.MaxValue - ReservedRows and var buckets ? new HashEncoder(name, buckets) : throw new InvalidDataException($"field '{name}' has a number of buckets that it cannot have"),
            BucketEncoder.Tag => BucketEncoder.Read(name, reader),
            VocabularyEncoder.FormerTag => throw new InvalidDataException("its values are kept in the form of version 0.1; prepare the data again, or use the version that wrote it"),
            IdentityEncoder.Tag or IdentityEncoder.KeptTag => IdentityEncoder.Read(name, reader, kind == IdentityEncoder.KeptTag),
            _ => throw new InvalidDataException($"unknown kind of field {kind}"),
        };
    }

    /// <summary>All that the counts come to, and clears them.</summary>
    protected virtual ulong[] Conclude(ValueCounts counts) => [];

    /// <summary>Fixes the rows by what the counts came to, whose order it may change.</summary>
    protected virtual void Fix(Span<ulong> findings)
    {
    }

    /// <param name="values">None of them missing.</param>
    protected virtual void CountValues(ReadOnlySpan<ulong> values, ValueCounts counts)
    {
    }

    /// <summary>The rows of cells; any row for a missing one.</summary>
    protected abstract void FindRows(ReadOnlySpan<ulong> cells, Span<long> rows);
}
