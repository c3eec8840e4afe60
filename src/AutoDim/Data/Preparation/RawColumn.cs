using System.Text;

namespace AutoDim.Data.Preparation;

/// <summary>A column of raw values in memory: for each row the text that would stand in a log's cell.</summary>
public abstract class RawColumn
{
    public abstract string Name { get; }

    /// <summary>Rows; the same for all columns of a call.</summary>
    public abstract int Count { get; }

    /// <summary>A row's value in UTF-8, good until the next is asked for; empty: it is missing.</summary>
    public abstract ReadOnlySpan<byte> this[int row] { get; }

    /// <summary>A column of texts; null and the empty text are missing values.</summary>
    public static RawColumn Of(string name, IReadOnlyList<string?> values) => new TextColumn(name, values);

    /// <summary>Finds columns by name.</summary>
    /// <param name="wanted">Their names, and what for.</param>
    /// <exception cref="AutoDimException">One is missing or there twice, or their rows differ in number.</exception>
    internal static RawColumn[] Find(IReadOnlyList<RawColumn> columns, IEnumerable<ColumnUse> wanted)
    {
        foreach (var column in columns)
        {
            if (column.Count != columns[0].Count) throw new AutoDimException($"column '{column.Name}' has {column.Count} rows, column '{columns[0].Name}' has {columns[0].Count}; give all columns the same rows");
        }

        return [.. wanted.Select(use => columns.Where(column => column.Name == use.Name).ToArray() switch
        {
            [var only] => only,
            [] => throw new AutoDimException($"there is no column '{use.Name}' for {use.Purpose}; there are {string.Join(", ", columns.Take(60).Select(column => column.Name))}"),
            _ => throw new AutoDimException($"there are two columns '{use.Name}', so that {use.Purpose} is not clear; rename one"),
        })];
    }

    private sealed class TextColumn(string name, IReadOnlyList<string?> values) : RawColumn
    {
        private byte[] buffer = new byte[64];

        public override string Name => name;

        public override int Count => values.Count;

        public override ReadOnlySpan<byte> this[int row]
        {
            get
            {
                var text = values[row] ?? "";
                if (Encoding.UTF8.GetMaxByteCount(text.Length) > buffer.Length) buffer = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
                return buffer.AsSpan(0, Encoding.UTF8.GetBytes(text, buffer));
            }
        }
    }
}
