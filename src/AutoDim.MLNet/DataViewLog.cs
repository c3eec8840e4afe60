using System.Text;
using AutoDim.Data.Preparation;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AutoDim.MLNet;

/// <summary>A data view's label and fields as tab-separated text with its schema, for preparation.</summary>
internal sealed class DataViewLog
{
    /// <summary>Separates the values of a vector: the control character for it.</summary>
    private const byte Separator = 0x1F;

    private const int BufferSize = 1 << 16;

    private readonly string label;

    /// <param name="fields">Null: every column but the label that can be a field.</param>
    /// <exception cref="AutoDimException">A column is not there or cannot be what it is named for.</exception>
    public DataViewLog(DataViewSchema schema, string label, IReadOnlyList<string>? fields)
    {
        this.label = label;
        if (Find(schema, label).Type is not BooleanDataViewType) throw new AutoDimException($"the label column '{label}' is of type {schema[label].Type}, expected {BooleanDataViewType.Instance}; convert it with mlContext.Transforms.Conversion");
        DataViewSchema.Column[] columns = fields != null ? [.. fields.Select(name => Find(schema, name))] : [.. schema.Where(column => !column.IsHidden && column.Name != label && ViewColumn.KindOf(column) != null)];
        if (columns.Length == 0) throw new AutoDimException("there is no column that can be a field; a field is text, boolean, a number or a key, or a vector of text or keys");
        Schema = new Schema
        {
            Delimiter = "tab",
            Header = false,
            Columns = [label, .. columns.Select(column => column.Name)],
            Label = new LabelSchema { Column = label },
            Fields = [.. columns.Select(column => new FieldSchema { Column = column.Name, Kind = ViewColumn.KindOf(column) ?? throw ViewColumn.Unusable(column), Separator = ((char)Separator).ToString() })],
        };
    }

    public Schema Schema { get; }

    public static AutoDimException Missing(string name, IEnumerable<string> names) => new($"there is no column '{name}'; the columns are {string.Join(", ", names.Order())}");

    /// <returns>The path.</returns>
    /// <exception cref="AutoDimException">The view lacks a column, or a vector's text holds the separator of values.</exception>
    public string Write(IDataView view, string path, CancellationToken cancellation)
    {
        DataViewSchema.Column[] columns = [.. Schema.Columns!.Select(name => Find(view.Schema, name))];
        using var cursor = view.GetRowCursor(columns);
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, BufferSize);
        Action[] cells = [.. columns.Select((column, c) => Writing(stream, ViewColumn.Of(cursor, column), ends: c < columns.Length - 1 ? (byte)'\t' : (byte)'\n'))];
        while (cursor.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var cell in cells) cell();
        }

        return path;
    }

    /// <summary>What writes a column's cell of the row that the cursor stands on: in quotes, as texts may hold anything.</summary>
    private static Action Writing(FileStream stream, ViewColumn source, byte ends)
    {
        var any = false;
        ViewColumn.TextReceiver receive = text =>
        {
            if (source.IsList && text.Contains(Separator)) throw new AutoDimException($"'{Encoding.UTF8.GetString(text)}' holds the character U+001F, which separates the values of a vector; replace it");
            stream.WriteByte(any ? Separator : (byte)'"');
            any = true;
            for (int quote; (quote = text.IndexOf((byte)'"')) >= 0; text = text[(quote + 1)..])
            {
                stream.Write(text[..(quote + 1)]);
                stream.WriteByte((byte)'"');
            }

            stream.Write(text);
        };
        return () =>
        {
            any = false;
            source.Read(receive);
            if (any) stream.WriteByte((byte)'"');
            stream.WriteByte(ends);
        };
    }

    private static DataViewSchema.Column Find(DataViewSchema schema, string name)
        => schema.GetColumnOrNull(name) ?? throw Missing(name, schema.Where(column => !column.IsHidden).Select(column => column.Name));
}
