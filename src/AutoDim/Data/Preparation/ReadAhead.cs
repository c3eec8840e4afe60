using System.Collections.Concurrent;

namespace AutoDim.Data.Preparation;

/// <summary>
/// The rows of one file, chunk by chunk in its order. A thread reads ahead as far as there are chunks to read into, and what can be parsed
/// apart from reading is parsed by all cores. What is wrong is told in the file's order too.
/// </summary>
internal sealed class ReadAhead : IDisposable
{
    private const int MostChunks = 32;

    private readonly string path;
    private readonly IRecordReader reader;
    private readonly BadRows bad;
    private readonly BlockingCollection<RecordChunk> free;
    private readonly BlockingCollection<(RecordChunk Chunk, Task Parsed)> ready = [];
    private readonly CancellationTokenSource stop = new();
    private readonly Task reading;
    private RecordChunk? given;

    /// <param name="reader">Of the file; disposed with this.</param>
    /// <param name="chunks">To read into; the caller's again once this is disposed.</param>
    public ReadAhead(string path, IRecordReader reader, IReadOnlyList<RecordChunk> chunks, BadRows bad)
    {
        this.path = path;
        this.reader = reader;
        this.bad = bad;
        free = new BlockingCollection<RecordChunk>(new ConcurrentQueue<RecordChunk>(chunks));
        reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>As many chunks as keep so many cores busy.</summary>
    /// <param name="threads">Null: every core.</param>
    public static RecordChunk[] ChunksFor(Schema schema, bool keepsTexts = false, int? threads = null) => [.. Enumerable.Range(0, Math.Min((threads ?? Environment.ProcessorCount) + 2, MostChunks)).Select(_ => new RecordChunk(schema, keepsTexts))];

    /// <summary>The next rows, good until asked again; null at the end. A chunk may have no row.</summary>
    /// <exception cref="AutoDimException">The file cannot be read on, or a row is bad and the policy forbids it.</exception>
    public RecordChunk? Next()
    {
        if (given != null) free.Add(given);
        given = null;
        if (!ready.TryTake(out var next, Timeout.Infinite)) return null;
        Task.WhenAny(next.Parsed).Wait();
        foreach (var row in next.Chunk.BadRows) bad.Report(path, row); // these come before what stopped the reader
        next.Parsed.GetAwaiter().GetResult();
        return given = next.Chunk;
    }

    public void Dispose()
    {
        stop.Cancel();
        reading.Wait();
        while (ready.TryTake(out var left)) Task.WhenAny(left.Parsed).Wait();
        reader.Dispose();
        stop.Dispose();
        free.Dispose();
        ready.Dispose();
    }

    private void Read()
    {
        try
        {
            for (var more = true; more;)
            {
                var chunk = free.Take(stop.Token);
                ready.Add((chunk, Read(chunk, out more)), CancellationToken.None);
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody wants more.
        }
        finally
        {
            ready.CompleteAdding();
        }
    }

    /// <summary>Reads a chunk; its parsing, or what went wrong.</summary>
    private Task Read(RecordChunk chunk, out bool more)
    {
        try
        {
            more = reader.Read(chunk);
            return more ? Task.Run(() => reader.Parse(chunk)) : Task.CompletedTask;
        }
        catch (Exception exception)
        {
            more = false;
            return Task.FromException(exception);
        }
    }
}
