namespace AutoDim.Data.Preparation;

/// <summary>
/// Gives each row its list of a field's rows: the values that a column lists, or those of the owner's earlier rows. A row never sees
/// itself, nor any row of its own time or later, whichever split they belong to.
/// </summary>
/// <param name="index">Position among the schema's sequences.</param>
/// <param name="field">Position of the field that is listed.</param>
/// <param name="encoder">That field's.</param>
internal sealed class SequenceEncoder(SequenceSchema schema, int index, int field, FieldEncoder encoder)
{
    private readonly BehaviourLog log = new();

    public string Name => schema.Name;

    /// <summary>Sees a chunk of the log, in the first pass.</summary>
    public void See(RecordChunk chunk)
    {
        if (chunk.Keys[index] is not { } keys) return;
        var values = chunk.Columns[field].Values;
        for (var row = 0; row < chunk.Count; row++)
        {
            if (keys.Owners[row] == CellColumn.Missing || values[row] == CellColumn.Missing || (schema.Clicked && chunk.Labels[row] == 0)) continue;
            log.Add(keys.Owners[row], keys.Times[row], values[row]);
        }
    }

    /// <summary>After the first pass, when the field's rows are known.</summary>
    public void Finish() => log.Sort(encoder);

    /// <summary>Writes the list of a row.</summary>
    public void Encode(RecordChunk chunk, int row, ColumnBuffer target)
    {
        if (chunk.Lists[index] is { } list)
        {
            for (var v = list.StartOf(row); v < list.StartOf(row + 1); v++) target.AddValue(encoder.RowOf(list.Values[v]));
        }
        else if (chunk.Keys[index] is { } keys && keys.Owners[row] != CellColumn.Missing)
        {
            var (first, last) = log.Before(keys.Owners[row], keys.Times[row], schema.Length);
            for (var position = first; position < last; position++) target.AddValue(log.RowAt(position));
        }

        target.EndRow();
    }
}
