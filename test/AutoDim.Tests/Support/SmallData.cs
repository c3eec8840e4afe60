using AutoDim.Data;
using AutoDim.Numerics;

namespace AutoDim.Tests.Support;

/// <summary>Small made-up batches with every kind of field, and a sequence.</summary>
internal static class SmallData
{
    public static readonly Field[] Fields =
    [
        new("user", 11), new("item", 7) { Sequences = [new Sequence("history", 4)] }, new("tags", 5, MultiValued: true), new("flag", 2),
    ];

    /// <summary>Fills a batch with random rows and labels; multi-valued fields and sequences hold 0 to 3 values.</summary>
    public static void Fill(Batch batch, Field[] fields, int size, ulong seed)
    {
        var random = new CounterRandom(seed, 1);
        var position = 0L;
        batch.Size = size;
        for (var i = 0; i < size; i++) batch.Labels[i] = random.Below(position++, 2);
        foreach (var column in batch.Columns)
        {
            column.Count = 0;
            for (var i = 0; i < size; i++)
            {
                var values = column.Field.MultiValued ? (int)random.Below(position++, 4) : 1;
                if (column.Offsets != null) column.Offsets[i] = column.Count;
                column.Reserve(column.Count + values);
                for (var v = 0; v < values; v++) column.Rows[column.Count++] = random.Below(position++, column.Field.Rows);
            }

            if (column.Offsets != null) column.Offsets[size] = column.Count;
        }
    }
}
