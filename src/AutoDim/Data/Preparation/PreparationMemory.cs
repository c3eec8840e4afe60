using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>What preparing takes, from a sample of the rows: mostly for the values of the fields that are counted at the same time.</summary>
internal static class PreparationMemory
{
    /// <summary>Of a value while its field is counted: in a table of counts, a list of pairs, sorted, shortened, and in the table of rows; measured.</summary>
    private const double CountedBytes = 190;

    /// <summary>Of a value once its field is counted: a slot of the table of rows, at most half full on average, and its shortened hash.</summary>
    private const double KeptBytes = 45;

    /// <summary>Values set aside by each core that counts, see <see cref="ValueCounts"/>.</summary>
    private const long AsideBytes = 17_000_000;

    /// <summary>Chunks, packed cells and the splits' buffers of each column; measured.</summary>
    private const long ColumnBytes = 2_000_000;

    /// <summary>Code, and texts until they are collected; measured.</summary>
    private const long Overhead = 25_000_000;

    /// <summary>Of each row in a sequence that is made from the log: owner, time, value, and their order.</summary>
    private const double BehaviourBytes = 48;

    /// <summary>Resident bytes of the process at their peak.</summary>
    /// <exception cref="AutoDimException">The files cannot be read.</exception>
    public static long Estimate(PrepareOptions options)
    {
        var inputs = PreparationInputs.Find(options);
        var before = MemoryUse.Peak;
        var sample = LogSample.Of(inputs);
        double[] counted = [.. inputs.Encoders().Zip(sample.Distinct).Where(field => field.First is VocabularyEncoder).Select(field => field.Second).OrderDescending()];
        var atATime = Math.Min(Environment.ProcessorCount, counted.Length);
        var values = (counted.Take(atATime).Sum() * CountedBytes) + (counted.Skip(atATime).Sum() * KeptBytes);
        var behaviour = inputs.Schema.Sequences.Count(sequence => sequence.IsBuilt) * sample.Rows * BehaviourBytes;
        return before + Overhead + (Environment.ProcessorCount * AsideBytes) + ((inputs.Schema.Fields.Count + inputs.Schema.Sequences.Count) * ColumnBytes) + (long)(values + behaviour);
    }
}
