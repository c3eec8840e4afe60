using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Training;

/// <summary>Arrays whose rows several ranks share, on their way to and from files, which have the rows in their order: no rank ever holds more than a chunk of another's.</summary>
internal static unsafe class SharedArray
{
    private const int ChunkBytes = 1 << 24;

    /// <summary>Gives the whole array to the first rank, chunk after chunk; the others send their rows and are given nothing.</summary>
    /// <param name="own">This rank's rows.</param>
    public static void Collect(RowShare share, byte* own, int rowBytes, NamedArray.SpanAction action)
    {
        var ranks = share.Ranks;
        var rows = RowsPerChunk(ranks, rowBytes);
        using NativeBuffer<byte> received = new(ranks.IsFirst ? (long)rows * rowBytes : 0), ordered = new(received.Length);
        int[] sent = new int[ranks.Count], sentStarts = new int[ranks.Count], counts = new int[ranks.Count], starts = new int[ranks.Count];
        for (var first = 0L; first < share.Rows; first += rows)
        {
            var last = Math.Min(first + rows, share.Rows);
            sent[0] = RowsOf(ranks.Rank) * rowBytes;
            for (var rank = 0; ranks.IsFirst && rank < ranks.Count; rank++)
            {
                counts[rank] = RowsOf(rank) * rowBytes;
                starts[rank] = rank == 0 ? 0 : starts[rank - 1] + counts[rank - 1];
            }

            ranks.Exchange(own + (share.OwnBefore(first, ranks.Rank) * rowBytes), sent, sentStarts, received.Pointer, counts, starts);
            if (!ranks.IsFirst) continue;
            for (var row = first; row < last; row++)
            {
                // A chunk begins at a multiple of the ranks' number, so its rows are dealt out from the first rank on.
                var source = received.Pointer + starts[share.OwnerOf(row)] + ((row - first) / ranks.Count * rowBytes);
                Buffer.MemoryCopy(source, ordered.Pointer + ((row - first) * rowBytes), rowBytes, rowBytes);
            }

            action(new Span<byte>(ordered.Pointer, checked((int)((last - first) * rowBytes))));

            int RowsOf(int rank) => (int)(share.OwnBefore(last, rank) - share.OwnBefore(first, rank));
        }
    }

    /// <summary>Reads the rows that a file has, chunk after chunk, and keeps this rank's.</summary>
    /// <param name="from">Which of the table's rows the file has.</param>
    /// <param name="to">Which of them lie here.</param>
    /// <param name="rows">How many the file has.</param>
    public static void Read(RowPart from, RowPart to, long rows, byte* own, int rowBytes, Stream stream)
    {
        var most = Math.Max(1, ChunkBytes / rowBytes);
        var chunk = new byte[Math.Min(rows, most) * rowBytes];
        for (var first = 0L; first < rows; first += most)
        {
            var count = (int)Math.Min(most, rows - first);
            stream.ReadExactly(chunk, 0, count * rowBytes);
            for (var i = 0; i < count; i++)
            {
                var row = from.RowAt(first + i);
                if (to.Has(row)) chunk.AsSpan(i * rowBytes, rowBytes).CopyTo(new Span<byte>(own + (row / to.Count * rowBytes), rowBytes));
            }
        }
    }

    private static int RowsPerChunk(Ranks ranks, int rowBytes) => Math.Max(1, ChunkBytes / rowBytes / ranks.Count) * ranks.Count;
}
