using System.Diagnostics;
using System.Text.Json;
using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>
/// From a click log to prepared data. The log is read once, into a temporary file of cells; from that each field's training values are
/// counted, fields apart on all cores, and then all rows are encoded. Memory is bounded by the vocabulary, by the counts of as many fields as
/// there are cores, and by the behaviours of sequences that are made from the log. Several ranks do the same together: each reads a part of the text, counts some of
/// the fields and encodes a part of the rows; what is made is the same to the byte.
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
    private readonly Ranks ranks = AtomicFile.Ranks;

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
        CheckIsFree(options);
        var inputs = PreparationInputs.Find(options);
        try
        {
            using var version = new FolderVersion(options.Out);
            CheckIsFree(options); // again: this may have waited for who made the data there
            using var bad = new BadRows(options.OnBadRow, Path.Combine(version.Path, BadRows.QuarantineName), AtomicFile.Ranks.Rank);
            using var pool = new WorkerPool(options.Threads);
            return new Preparation(options, inputs, version, bad, pool, progress, cancellation).Run();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot write to '{options.Out}': {Reason.Of(exception)}; check that the folder is writable and the disk has room", exception);
        }
    }

    private static void CheckIsFree(PrepareOptions options)
    {
        if (File.Exists(Path.Combine(options.Out, DataManifest.Name)) && !options.Overwrite) throw new AutoDimException($"'{options.Out}' already holds prepared data; choose another --out, or replace it with --overwrite");
    }

    private DataManifest Run()
    {
        var clock = Stopwatch.StartNew();
        var (fields, splits) = PrepareRows();
        VocabularyFile.Save(Path.Combine(version.Path, VocabularyFile.Name), encoders);
        AtomicFile.WriteText(Path.Combine(version.Path, DataManifest.SchemaName), SchemaFile.Write(inputs.Libfm == null ? inputs.Schema : inputs.Schema with { Fields = [] }));
        var manifest = ranks.Broadcast(ranks.IsFirst ? JsonSerializer.Serialize(Manifest(fields, splits, clock.Elapsed), DataJson.Default.DataManifest) : "");
        return version.Commit(JsonSerializer.Deserialize(manifest, DataJson.Default.DataManifest)!);
    }

    private DataManifest Manifest(Field[] fields, SplitFiles[] splits, TimeSpan elapsed)
    {
        var manifest = new DataManifest
        {
            DataName = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Out))),
            Sources = [.. inputs.Files.Select(input => input.Source)],
            Fields = fields,
            Splits = splits,
            Vocabulary = DataFile.Of(version.Path, VocabularyFile.Name),
            Schema = DataFile.Of(version.Path, DataManifest.SchemaName),
            BadRows = bad.Count,
            Warnings = Warnings(),
            Seconds = elapsed.TotalSeconds,
            Folder = version.Name,
            Fingerprint = "",
        };
        return manifest.WithFingerprint();
    }

    private (Field[] Fields, SplitFiles[] Splits) PrepareRows()
    {
        using var cells = new CellFile(version.Path, inputs.Schema, splitRule.NeedsTimes, ranks);
        ReadRows(cells);
        cells.Join();
        DecideSplits(cells);
        var share = new SplitShare(cells, ranks);
        if (share.RowsOf(0) == 0) throw new AutoDimException($"'{inputs.Files[0].Path}' holds no rows to train on{(bad.Count > 0 ? $" ({bad.Count} bad rows; {bad.FirstProblems[0]})" : "")}");
        CountValues(cells);
        Field[] fields = [.. encoders.Select(FieldOf)];
        return (fields, EncodeRows(cells, share, fields));
    }

    private Field FieldOf(FieldEncoder encoder, int m)
    {
        Sequence[] listed = [.. inputs.Schema.Sequences.Where(sequence => sequence.Of == encoder.Name).Select(sequence => new Sequence(sequence.Name, sequence.Length))];
        return new Field(encoder.Name, encoder.Rows, inputs.Schema.Fields[m].Kind == FieldKind.Multi, encoder.VocabularyBytes) { Map = encoder.Map, Sequences = listed.Length == 0 ? null : listed };
    }

    /// <summary>Reads this rank's part of the files. What is wrong first in their order is told, whoever has met it.</summary>
    private void ReadRows(CellFile cells)
    {
        var problem = "";
        try
        {
            ReadPieces(cells);
        }
        catch (AutoDimException exception) when (!ranks.IsFirst) // nothing comes before what the first rank meets
        {
            problem = exception.Message;
        }

        if (Array.Find(ranks.EachText(problem), text => text.Length > 0) is { } first) throw new AutoDimException(first);
        bad.Join(ranks);
    }

    private void ReadPieces(CellFile cells)
    {
        var pieces = InputShares.Of(inputs, ranks, ranks.IsFirst ? options.OnNote : null);
        var chunks = ReadAhead.ChunksFor(inputs.Schema, threads: options.Threads);
        var (bytesBefore, all) = (0L, pieces.Sum(piece => piece.Bytes));
        foreach (var piece in pieces)
        {
            var bytes = piece.Range.Start;
            using var rows = new ReadAhead(piece.File.Path, inputs.Open(piece.File, position => Volatile.Write(ref bytes, position), piece.Range), chunks, bad);
            while (rows.Next() is { } chunk)
            {
                for (var row = 0; row < chunk.Count; row++) chunk.Splits[row] = SplitOf(chunk.SplitKeys[row], cells.Rows + row, piece.File.Split);
                cells.Append(chunk);
                cancellation.ThrowIfCancellationRequested();
                progress?.Invoke(new PreparationProgress("read rows", bytesBefore + Volatile.Read(ref bytes) - piece.Range.Start, all, cells.Rows));
            }

            bytesBefore += piece.Bytes;
        }
    }

    /// <summary>Whether a row's split is known only once all rows are read.</summary>
    private bool SplitsAfterwards => splitRule.NeedsTimes || (splitRule.NeedsRowNumbers && ranks.AreSeveral);

    /// <param name="given">The split that the file was given for.</param>
    private byte SplitOf(double key, long row, int given) => given >= 0 ? (byte)given : SplitsAfterwards ? SplitRule.Undecided : splitRule.Of(key, row);

    private void DecideSplits(CellFile cells)
    {
        if (!SplitsAfterwards) return;
        if (splitRule.NeedsTimes) SeeTimes(cells);
        var (times, splits) = (new double[RecordChunk.Capacity], new byte[RecordChunk.Capacity]);
        var before = 0L;
        for (var i = 0; i < cells.Chunks; i++)
        {
            var rows = cells.RowsOf(i);
            if (cells.IsOwn(i))
            {
                cells.ReadTimes(i, times);
                cells.ReadSplits(i, splits);
                for (var row = 0; row < rows; row++)
                {
                    if (splits[row] == SplitRule.Undecided) splits[row] = splitRule.Of(times[row], before + row);
                }

                cells.WriteSplits(i, splits.AsSpan(0, rows));
            }

            before += rows;
        }

        cells.Join();
    }

    private void SeeTimes(CellFile cells)
    {
        var (times, splits) = (new double[RecordChunk.Capacity], new byte[RecordChunk.Capacity]);
        for (var i = 0; i < cells.Chunks; i++)
        {
            cells.ReadTimes(i, times);
            cells.ReadSplits(i, splits);
            for (var row = 0; row < cells.RowsOf(i); row++)
            {
                if (splits[row] == SplitRule.Undecided) splitRule.SeeTime(times[row]);
            }
        }

        splitRule.FixTimes();
        ranks.Wait(); // before one decides what others have still to see as undecided
    }

    private void CountValues(CellFile cells)
    {
        new CountingPass(cells, inputs.Schema, encoders, ranks, cancellation).Run(pool, done => Tell("count values", cells, done));
        pool.For(sequences.Length, 1, cells, (cells, first, last) =>
        {
            for (var s = first; s < last; s++) sequences[s].See(cells, new RecordChunk(inputs.Schema));
        });
    }

    private SplitFiles[] EncodeRows(CellFile cells, SplitShare share, Field[] fields)
    {
        SplitWriter[] writers = [.. PreparationInputs.SplitNames.Select(name => new SplitWriter(version.Path, NameOf(name, ranks.Rank), fields))];
        try
        {
            var encoding = new EncodingPass(cells, share, inputs.Schema, encoders, sequences, Field.Columns(fields), writers);
            while (encoding.Next(pool))
            {
                Tell("encode rows", cells, encoding.Done);
                cancellation.ThrowIfCancellationRequested();
            }

            return Join(writers);
        }
        finally
        {
            foreach (var writer in writers) writer.Dispose();
        }
    }

    /// <summary>The first rank's files take up what the others have written; on others nothing is told of them.</summary>
    private SplitFiles[] Join(SplitWriter[] writers)
    {
        foreach (var writer in ranks.IsFirst ? [] : writers) writer.Close();
        int[][] files = ranks.Each([.. writers.Select(writer => writer.FileCount)]);
        if (!ranks.IsFirst) return [];
        return [.. writers.Select((writer, split) =>
        {
            for (var rank = 1; rank < ranks.Count; rank++) writer.Append(NameOf(PreparationInputs.SplitNames[split], rank), files[rank][split]);
            return writer.Finish();
        })];
    }

    /// <summary>What a rank's files of a split are called, the first's as all are in the end.</summary>
    private static string NameOf(string split, int rank) => rank == 0 ? split : $"{split}.rank-{rank}";

    /// <summary>Tells progress of a pass that reads no text.</summary>
    private void Tell(string pass, CellFile cells, double done)
        => progress?.Invoke(new PreparationProgress(pass, (long)(done * inputs.TotalBytes), inputs.TotalBytes, (long)(done * cells.Rows)));

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
}
