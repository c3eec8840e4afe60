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

    /// <summary>Sees the whole log, where lists are made from it, once the field's rows are known.</summary>
    /// <param name="chunk">To read into.</param>
    public void See(CellFile cells, RecordChunk chunk)
    {
        if (!schema.IsBuilt) return;
        for (var i = 0; i < cells.Chunks; i++)
        {
            cells.ReadRows(i, chunk);
            cells.ReadField(i, field, chunk.Columns[field]);
            cells.ReadSequence(i, index, chunk);
            See(chunk, chunk.Keys[index]!);
        }

        log.Sort(encoder);
    }

    private void See(RecordChunk chunk, BehaviourKeys keys)
    {
        var values = chunk.Columns[field].Values;
        for (var row = 0; row < chunk.Count; row++)
        {
            if (keys.Owners[row] == CellColumn.Missing || values[row] == CellColumn.Missing || (schema.Clicked && chunk.Labels[row] == 0)) continue;
            log.Add(keys.Owners[row], keys.Times[row], values[row]);
        }
    }

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
