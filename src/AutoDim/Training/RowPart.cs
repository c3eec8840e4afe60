using System.Numerics;
using AutoDim.Embeddings;

namespace AutoDim.Training;

/// <summary>Rows of a table that was dealt out in turn: row r is in part r mod <paramref name="Count"/>, as its (r div <paramref name="Count"/>)th.</summary>
internal readonly record struct RowPart(int Number, int Count)
{
    /// <summary>All rows.</summary>
    public static RowPart Whole { get; } = new(0, 1);

    /// <summary>What lies on this rank.</summary>
    public static RowPart Of(RowShare? share) => share == null ? Whole : new RowPart(share.Ranks.Rank, share.Ranks.Count);

    /// <summary>How many of a table's rows are in it.</summary>
    public long CountOf(long rows) => (rows - Number + Count - 1) / Count;

    public long RowAt(long position) => (position * Count) + Number;

    public bool Has(long row) => row % Count == Number;

    /// <summary>Whether a large table would have a row in both.</summary>
    public bool Meets(RowPart other) => (Number - other.Number) % (int)BigInteger.GreatestCommonDivisor(Count, other.Count) == 0;
}
