using AutoDim.Data;
using AutoDim.Numerics;

namespace AutoDim.Tests.Support;

/// <summary>Small made-up batches with every kind of field.</summary>
internal static class SmallData
{
    public static readonly Field[] Fields =
    [
        new("user", 11), new("item", 7), new("tags", 5, MultiValued: true), new("flag", 2),
    ];

    /// <summary>Fills a batch with random rows and labels; multi-valued fields hold 0 to 3 values.</summary>
    public static void Fill(Batch batch, Field[] fields, int size, ulong seed)
    {
        var random = new CounterRandom(seed, 1);
        var position = 0L;
        batch.Size = size;
        for (var i = 0; i < size; i++) batch.Labels[i] = random.Below(position++, 2);
        for (var m = 0; m < fields.Length; m++)
        {
            var column = batch.Columns[m];
            column.Count = 0;
            for (var i = 0; i < size; i++)
            {
                var values = fields[m].MultiValued ? (int)random.Below(position++, 4) : 1;
                if (column.Offsets != null) column.Offsets[i] = column.Count;
                column.Reserve(column.Count + values);
                for (var v = 0; v < values; v++) column.Rows[column.Count++] = random.Below(position++, fields[m].Rows);
            }

            if (column.Offsets != null) column.Offsets[size] = column.Count;
        }
    }
}
