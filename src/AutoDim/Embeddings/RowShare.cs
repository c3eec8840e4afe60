using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// Which rows of a table this rank has, where no rank has all: row r is on rank r mod N, as its (r div N)th. Rows stand in the order of their
/// frequency, so blocks of neighbours would give one rank all of the traffic; dealt out in turn, each rank has its share of the frequent ones.
/// </summary>
internal sealed class RowShare(Ranks ranks, long rows)
{
    public Ranks Ranks { get; } = ranks;

    /// <summary>Rows of the table.</summary>
    public long Rows { get; } = rows;

    /// <summary>Rows of this rank.</summary>
    public long OwnRows => OwnBefore(Rows, Ranks.Rank);

    public int OwnerOf(long row) => (int)(row % Ranks.Count);

    /// <summary>Position of a row among those of the rank that has it.</summary>
    public long PositionOf(long row) => row / Ranks.Count;

    /// <summary>The row at a position of this rank's.</summary>
    public long RowAt(long position) => (position * Ranks.Count) + Ranks.Rank;

    /// <summary>How many of the rows before this one a rank has.</summary>
    public long OwnBefore(long row, int rank) => (row - rank + Ranks.Count - 1) / Ranks.Count;
}
