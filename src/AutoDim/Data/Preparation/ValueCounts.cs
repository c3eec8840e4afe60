namespace AutoDim.Data.Preparation;

/// <summary>
/// How often each value occurs. Values are set aside by some of their bits until a part has many of them, which then go to that part's table
/// in one go: a part's table stays in cache meanwhile, where a table of all values would miss it with nearly every one.
/// </summary>
internal sealed class ValueCounts
{
    private const int PartBits = 8;
    private const int SetAside = 1 << 13;

    private readonly ulong[] values = GC.AllocateUninitializedArray<ulong>(SetAside << PartBits); // few values touch little of it
    private readonly int[] ends = new int[1 << PartBits];
    private readonly FingerprintTable?[] parts = new FingerprintTable?[1 << PartBits];

    public void Add(ReadOnlySpan<ulong> keys)
    {
        foreach (var key in keys)
        {
            var part = (int)((key * 0xD6E8FEB86659FD93) >> (64 - PartBits)); // other bits than those that choose a slot
            values[(part * SetAside) + ends[part]] = key;
            if (++ends[part] == SetAside) CountPart(part);
        }
    }

    /// <summary>All values that occur so often, in no order of meaning, with how often they do.</summary>
    public (ulong Value, long Count)[] From(long least)
    {
        List<(ulong, long)> pairs = [];
        for (var part = 0; part < parts.Length; part++)
        {
            CountPart(part);
            parts[part]?.CopyPairs(least, pairs);
        }

        return [.. pairs];
    }

    /// <summary>Forgets all values; the memory stays for those of another field.</summary>
    public void Clear()
    {
        Array.Clear(ends);
        foreach (var part in parts) part?.Clear();
    }

    private void CountPart(int part)
    {
        if (ends[part] == 0) return;
        parts[part] ??= new FingerprintTable(ends[part]); // as large as many values will need at once, as growing takes as long as counting
        parts[part]!.AddOnes(values.AsSpan(part * SetAside, ends[part]));
        ends[part] = 0;
    }
}
