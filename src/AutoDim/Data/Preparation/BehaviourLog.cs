namespace AutoDim.Data.Preparation;

/// <summary>What was done, by whom and when: 24 bytes of memory a behaviour. Filled first, then sorted once, then asked.</summary>
internal sealed class BehaviourLog
{
    private Behaviour[] behaviours = new Behaviour[1 << 10];
    private int count;

    private struct Behaviour : IComparable<Behaviour>
    {
        public ulong Owner;
        public double Time;

        /// <summary>The value's cell; once sorted, its row.</summary>
        public ulong Value;

        public readonly int CompareTo(Behaviour other)
        {
            if (Owner != other.Owner) return Owner.CompareTo(other.Owner);
            return Time != other.Time ? Time.CompareTo(other.Time) : Value.CompareTo(other.Value);
        }
    }

    /// <exception cref="AutoDimException">There are more behaviours than an array holds.</exception>
    public void Add(ulong owner, double time, ulong cell)
    {
        if (count == behaviours.Length)
        {
            if (count == Array.MaxLength) throw new AutoDimException($"a sequence has more than {Array.MaxLength:N0} behaviours; list them in a column instead");
            Array.Resize(ref behaviours, (int)Math.Min(2L * count, Array.MaxLength));
        }

        behaviours[count++] = new Behaviour { Owner = owner, Time = time, Value = cell };
    }

    /// <summary>Turns cells into rows, and sorts by owner, time and row, so that lists do not depend on the order of the log.</summary>
    public void Sort(FieldEncoder encoder)
    {
        var all = behaviours.AsSpan(0, count);
        foreach (ref var behaviour in all) behaviour.Value = (ulong)encoder.RowOf(behaviour.Value);
        all.Sort();
    }

    /// <summary>The latest behaviours of an owner before a time: their positions, the oldest first.</summary>
    public (int First, int Last) Before(ulong owner, double time, int most)
    {
        var last = FirstNotBefore(owner, time);
        var first = last;
        while (first > 0 && last - first < most && behaviours[first - 1].Owner == owner) first--;
        return (first, last);
    }

    /// <summary>The row of the value at a position.</summary>
    public long RowAt(int position) => (long)behaviours[position].Value;

    private int FirstNotBefore(ulong owner, double time)
    {
        var (low, high) = (0, count);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            ref readonly var behaviour = ref behaviours[middle];
            if (behaviour.Owner < owner || (behaviour.Owner == owner && behaviour.Time < time)) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
