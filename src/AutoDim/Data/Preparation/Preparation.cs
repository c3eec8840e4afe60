using System.Diagnostics;
using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>
/// From a click log to prepared data, streaming: a pass counts the training values, a pass encodes all rows. While one chunk of
/// rows is worked on, field by field on all cores, the next is read. Memory is bounded by the vocabulary, and by the behaviours of
/// sequences that are made from the log.
/// </summary>
internal sealed class Preparation
{
    private readonly PrepareOptions options;
    private readonly Action<PreparationProgress>? progress;
    private readonly PreparationInputs inputs;
    private readonly FieldEncoder[] encoders;
    private readonly SequenceEncoder[] sequences;
    private readonly SplitRule splitRule;
    private readonly FolderVersion version;
    private readonly BadRows bad;
    private readonly WorkerPool pool;
    private readonly CancellationToken cancellation;

    private Preparation(PrepareOptions options, PreparationInputs inputs, FolderVersion version, BadRows bad, WorkerPool pool, Action<PreparationProgress>? progress, CancellationToken cancellation)
    {
        this.options = options;
        this.inputs = inputs;
        this.version = version;
        this.bad = bad;
        this.pool = pool;
        this.progress = progress;
        this.cancellation = cancellation;
        encoders = inputs.Encoders();
        sequences = [.. inputs.Schema.Sequences.Select((sequence, s) =>
        {
            var field = Array.FindIndex(encoders, encoder => encoder.Name == sequence.Of);
            return new SequenceEncoder(sequence, s, field, encoders[field]);
        })];
        splitRule = new SplitRule(inputs.Schema.Split, inputs.Files.Any(file => file.Split == 1), inputs.Files.Any(file => file.Split == 2));
    }

    /// <summary>Prepares; returns what was made. Prepared data that was there before stands until this is whole.</summary>
    /// <exception cref="AutoDimException">Files, schema or rows are bad, or the folder cannot be written.</exception>
    public static DataManifest Run(PrepareOptions options, Action<PreparationProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (File.Exists(Path.Combine(options.Out, DataManifest.Name)) && !options.Overwrite)
        {
            throw new AutoDimException($"'{options.Out}' already holds prepared data; choose another --out, or replace it with --overwrite");
        }

        var inputs = PreparationInputs.Find(options);
        try
        {
            using var version = new FolderVersion(options.Out);
            using var bad = new BadRows(options.OnBadRow, Path.Combine(version.Path, BadRows.QuarantineName));
            using var pool = new WorkerPool(Environment.ProcessorCount); // the reader takes less than half of a core
            return new Preparation(options, inputs, version, bad, pool, progress, cancellation).Run();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot write to '{options.Out}': {exception.Message}; check that the folder is writable and the disk has room", exception);
        }
    }

    private DataManifest Run()
    {
        var clock = Stopwatch.StartNew();
        if (splitRule.NeedsTimes) ReadTimes();
        CountValues();
        Field[] fields = [.. encoders.Select(FieldOf)];
        var splits = EncodeRows(fields);
        VocabularyFile.Save(Path.Combine(version.Path, VocabularyFile.Name), encoders);
        AtomicFile.WriteText(Path.Combine(version.Path, DataManifest.SchemaName), SchemaFile.Write(inputs.Libfm == null ? inputs.Schema : inputs.Schema with { Fields = [] }));
        var manifest = new DataManifest
        {
            DataName = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Out))),
            Sources = [.. inputs.Files.Select(input => Path.GetFullPath(input.Path))],
            Fields = fields,
            Splits = splits,
            Vocabulary = DataFile.Of(version.Path, VocabularyFile.Name),
            Schema = DataFile.Of(version.Path, DataManifest.SchemaName),
            BadRows = bad.Count,
            Warnings = Warnings(),
            Seconds = clock.Elapsed.TotalSeconds,
            Folder = version.Name,
            Fingerprint = "",
        };
        return version.Commit(manifest.WithFingerprint());
    }

    private Field FieldOf(FieldEncoder encoder, int m)
    {
        Sequence[] listed = [.. inputs.Schema.Sequences.Where(sequence => sequence.Of == encoder.Name).Select(sequence => new Sequence(sequence.Name, sequence.Length))];
        return new Field(encoder.Name, encoder.Rows, inputs.Schema.Fields[m].Kind == FieldKind.Multi, encoder.VocabularyBytes) { Sequences = listed.Length == 0 ? null : listed };
    }

    private void ReadTimes()
    {
        ForEachChunk("read times", (chunk, given) =>
        {
            for (var row = 0; given == InputSplit.ByRule && row < chunk.Count; row++) splitRule.SeeTime(chunk.SplitKeys[row]);
        });
        splitRule.FixTimes();
    }

    private void CountValues()
    {
        var trainRows = 0L;
        ForEachChunk("count values", (chunk, _) =>
        {
            trainRows += chunk.Splits.AsSpan(0, chunk.Count).Count((byte)0);
            pool.For(encoders.Length + sequences.Length, 1, new Work(encoders, sequences, chunk, [], []), static (work, first, last) => work.Count(first, last));
        });
        if (trainRows == 0) throw new AutoDimException($"'{inputs.Files[0].Path}' holds no rows to train on{(bad.Count > 0 ? $" ({bad.Count} bad rows; {bad.FirstProblems[0]})" : "")}");
        pool.For(encoders.Length, 1, encoders, static (all, first, last) =>
        {
            for (var m = first; m < last; m++) all[m].Finish();
        });
        pool.For(sequences.Length, 1, sequences, static (all, first, last) =>
        {
            for (var s = first; s < last; s++) all[s].Finish();
        });
    }

    private SplitFiles[] EncodeRows(Field[] fields)
    {
        var columns = Field.Columns(fields);
        int[] places = [.. sequences.Select(sequence => Array.FindIndex(columns, column => column.Name == sequence.Name))];
        SplitWriter[] writers = [.. PreparationInputs.SplitNames.Select(name => new SplitWriter(version.Path, name, fields))];
        try
        {
            ForEachChunk("encode rows", (chunk, _) =>
            {
                for (var row = 0; row < chunk.Count; row++) writers[chunk.Splits[row]].AddLabel(chunk.Labels[row]);
                pool.For(encoders.Length + sequences.Length, 1, new Work(encoders, sequences, chunk, writers, places), static (work, first, last) => work.Encode(first, last));
                foreach (var writer in writers) writer.WriteFull();
            });
            return [.. writers.Select(writer => writer.Finish())];
        }
        finally
        {
            foreach (var writer in writers) writer.Dispose();
        }
    }

    /// <summary>Reads all inputs; the next chunk is read while one is worked on.</summary>
    /// <param name="work">Gets a chunk and the split its file was given for.</param>
    private void ForEachChunk(string pass, Action<RecordChunk, int> work)
    {
        var (current, next) = (new RecordChunk(inputs.Schema), new RecordChunk(inputs.Schema));
        var (rows, bytesBefore) = (0L, 0L);
        foreach (var (path, given) in inputs.Files)
        {
            var bytes = 0L;
            using var reader = inputs.Open(path, bad, position => Volatile.Write(ref bytes, position));
            var reading = Task.Run(() => reader.Read(next), CancellationToken.None);
            try
            {
                while (reading.GetAwaiter().GetResult())
                {
                    (current, next) = (next, current);
                    var target = next;
                    reading = Task.Run(() => reader.Read(target), CancellationToken.None);
                    for (var row = 0; row < current.Count; row++) current.Splits[row] = given >= 0 ? (byte)given : splitRule.Of(current.SplitKeys[row], rows + row);
                    rows += current.Count;
                    work(current, given);
                    cancellation.ThrowIfCancellationRequested();
                    progress?.Invoke(new PreparationProgress(pass, bytesBefore + Volatile.Read(ref bytes), inputs.TotalBytes, rows));
                }
            }
            finally
            {
                Task.WhenAny(reading).Wait(CancellationToken.None); // the reader is not to be disposed under it
            }

            bytesBefore += new FileInfo(path).Length;
        }

        bad.Finish();
    }

    private string[] Warnings() =>
    [
        .. bad.FirstProblems.Select(problem => $"bad row left out: {problem}"),
        .. options.OnBadRow == BadRowPolicy.Quarantine && bad.Count > 0 ? [$"all {bad.Count} bad rows are in '{Path.Combine(options.Out, version.Name, BadRows.QuarantineName)}'"] : Array.Empty<string>(),
        .. encoders.Select(WarningOf).OfType<string>(),
        .. inputs.Schema.Sequences.Where(IsCrossed).Select(sequence => $"training rows' '{sequence.Name}' may hold what validation and test rows tell, as these are drawn at random; split by time to keep them apart"),
    ];

    /// <summary>Whether the rows of one owner are divided among splits in no order of time.</summary>
    private bool IsCrossed(SequenceSchema sequence)
    {
        var split = inputs.Schema.Split;
        var given = inputs.Files.Select(file => file.Split).ToHashSet();
        var isDivided = given.Contains(InputSplit.ByRule) && !(given.Contains(1) && given.Contains(2));
        return sequence.IsBuilt && isDivided && (split.By == "random" || (split.By == "key" && split.Column != sequence.By));
    }

    private static string? WarningOf(FieldEncoder encoder) => encoder switch
    {
        { Present: 0 } => $"field '{encoder.Name}' has no value in training; leave it out",
        VocabularyEncoder { Rows: FieldEncoder.ReservedRows } => $"field '{encoder.Name}' has no value that occurs often enough in training; lower minCount or leave it out",
        VocabularyEncoder or BucketEncoder when encoder.Rows == FieldEncoder.ReservedRows + 1 => $"field '{encoder.Name}' has one value only in training; it can tell little",
        _ => null,
    };

    /// <summary>One chunk's fields and, after them, sequences, shared out among threads.</summary>
    /// <param name="Places">The writers' column of each sequence.</param>
    private sealed record Work(FieldEncoder[] Encoders, SequenceEncoder[] Sequences, RecordChunk Chunk, SplitWriter[] Writers, int[] Places)
    {
        private const int Ahead = 16;

        public void Count(int first, int last)
        {
            for (var i = first; i < last; i++)
            {
                if (i < Encoders.Length) CountField(i);
                else Sequences[i - Encoders.Length].See(Chunk);
            }
        }

        public void Encode(int first, int last)
        {
            for (var i = first; i < last; i++)
            {
                if (i < Encoders.Length) EncodeField(i);
                else EncodeSequence(i - Encoders.Length);
            }
        }

        private void CountField(int m)
        {
            var (encoder, column) = (Encoders[m], Chunk.Columns[m]);
            var values = column.Values;
            for (var row = 0; row < Chunk.Count; row++)
            {
                if (Chunk.Splits[row] != 0) continue;
                for (var v = column.StartOf(row); v < column.StartOf(row + 1); v++)
                {
                    if (v + Ahead < values.Length) encoder.Expect(values[v + Ahead]);
                    encoder.Count(values[v]);
                }
            }
        }

        private void EncodeField(int m)
        {
            var (encoder, column) = (Encoders[m], Chunk.Columns[m]);
            var values = column.Values;
            for (var row = 0; row < Chunk.Count; row++)
            {
                var target = Writers[Chunk.Splits[row]].Column(m);
                for (var v = column.StartOf(row); v < column.StartOf(row + 1); v++)
                {
                    if (v + Ahead < values.Length) encoder.Expect(values[v + Ahead]);
                    target.AddValue(encoder.RowOf(values[v]));
                }

                target.EndRow();
            }
        }

        private void EncodeSequence(int s)
        {
            for (var row = 0; row < Chunk.Count; row++) Sequences[s].Encode(Chunk, row, Writers[Chunk.Splits[row]].Column(Places[s]));
        }
    }
}
