using System.Diagnostics;
using System.IO.Hashing;
using System.Text;
using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>
/// From a click log to prepared data, streaming: a pass counts the training values, a pass encodes all rows. While one chunk of
/// rows is worked on, field by field on all cores, the next is read. Memory is bounded by the vocabulary.
/// </summary>
internal sealed class Preparation
{
    private static readonly string[] SplitNames = ["train", "valid", "test"];

    private readonly PrepareOptions options;
    private readonly Action<PreparationProgress>? progress;
    private readonly Schema schema;
    private readonly IReadOnlyList<LibfmField>? libfm;
    private readonly List<(string Path, int Split)> inputs = [];
    private readonly FieldEncoder[] encoders;
    private readonly BadRows bad;
    private readonly long totalBytes;
    private (double Valid, double Test) cuts;

    private Preparation(PrepareOptions options, Action<PreparationProgress>? progress)
    {
        this.options = options;
        this.progress = progress;
        bad = new BadRows(options.OnBadRow, Path.Combine(options.Out, "quarantine.txt"));
        if (options.Files.Count == 1 && Directory.Exists(options.Files[0]))
        {
            (schema, libfm) = LibfmFolder(options.Files[0]);
            encoders = [.. libfm.Select(field => new IdentityEncoder(field.Name, field.Last - field.First + 1))];
        }
        else
        {
            schema = SchemaFile.Load(options.Schema ?? throw new AutoDimException("a schema is needed: --schema FILE; guess one with --guess --label COLUMN"));
            inputs.AddRange(InputFile.Expand(options.Files).Select(path => (path, -1)));
            inputs.AddRange(InputFile.Expand(options.ValidFiles).Select(path => (path, 1)));
            inputs.AddRange(InputFile.Expand(options.TestFiles).Select(path => (path, 2)));
            encoders = [.. schema.Fields.Select(field => FieldEncoder.Create(field, schema.MinCount))];
        }

        totalBytes = inputs.Sum(input => new FileInfo(input.Path).Length);
    }

    /// <summary>Prepares; returns the warnings worth telling.</summary>
    /// <exception cref="AutoDimException">Files, schema or rows are bad, or the folder cannot be written.</exception>
    public static DataManifest Run(PrepareOptions options, Action<PreparationProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (File.Exists(Path.Combine(options.Out, DataManifest.Name)) && !options.Overwrite)
        {
            throw new AutoDimException($"'{options.Out}' already holds prepared data; choose another --out, or replace it with --overwrite");
        }

        try
        {
            return new Preparation(options, progress).Run(cancellation);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot write to '{options.Out}': {exception.Message}; check that the folder is writable and the disk has room", exception);
        }
    }

    private DataManifest Run(CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        Directory.CreateDirectory(options.Out);
        File.Delete(Path.Combine(options.Out, DataManifest.Name));
        using var pool = WorkerPool.ForMachine();
        FindCuts(cancellation);
        var trainRows = 0L;
        ForEachChunk("count values", chunk =>
        {
            for (var row = 0; row < chunk.Count; row++) trainRows += chunk.Splits[row] == 0 ? 1 : 0;
            pool.For(encoders.Length, 1, new Work(this, chunk, []), static (work, first, last) => work.Count(first, last));
        }, cancellation);
        bad.Flush();
        if (trainRows == 0) throw new AutoDimException($"{inputs[0].Path} holds no rows to train on{(bad.Count > 0 ? $" ({bad.Count} bad rows; {bad.FirstProblems[0]})" : "")}");
        pool.For(encoders.Length, 1, encoders, static (all, first, last) =>
        {
            for (var m = first; m < last; m++) all[m].Finish();
        });
        Field[] fields = [.. encoders.Select((encoder, m) => new Field(encoder.Name, encoder.Rows, schema.Fields[m].Kind == FieldKind.Multi, encoder.VocabularyBytes))];
        var splits = Encode(fields, pool, cancellation);
        VocabularyFile.Save(Path.Combine(options.Out, VocabularyFile.Name), encoders);
        AtomicFile.WriteText(Path.Combine(options.Out, "schema.yaml"), libfm == null ? SchemaFile.Write(schema) : "format: libfm\n");
        var manifest = new DataManifest
        {
            DataName = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Out))),
            Sources = [.. inputs.Select(input => Path.GetFullPath(input.Path))],
            Fields = fields,
            Splits = splits,
            BadRows = bad.Count,
            Warnings = Warnings(fields),
            Fingerprint = FingerprintOf(fields, splits),
            Seconds = clock.Elapsed.TotalSeconds,
        };
        manifest.Save(options.Out);
        return manifest;
    }

    private SplitFiles[] Encode(Field[] fields, WorkerPool pool, CancellationToken cancellation)
    {
        SplitWriter[] writers = [.. SplitNames.Select(name => new SplitWriter(options.Out, name, fields))];
        try
        {
            ForEachChunk("encode rows", chunk =>
            {
                for (var row = 0; row < chunk.Count; row++) writers[chunk.Splits[row]].AddLabel(chunk.Labels[row]);
                pool.For(encoders.Length, 1, new Work(this, chunk, writers), static (work, first, last) => work.Encode(first, last));
                foreach (var writer in writers) writer.WriteFull();
            }, cancellation);
            foreach (var writer in writers) writer.Finish();
        }
        finally
        {
            foreach (var writer in writers) writer.Dispose();
        }

        for (var s = 0; s < writers.Length; s++)
        {
            if (writers[s].Rows == 0) throw new AutoDimException($"the {SplitNames[s]} split has no rows; give it files or a larger share");
            if (writers[s].Positives == 0 || writers[s].Positives == writers[s].Rows)
            {
                throw new AutoDimException($"all {writers[s].Rows} labels of the {SplitNames[s]} split are {(writers[s].Positives == 0 ? 0 : 1)}; both classes are needed: check label in the schema, or the split");
            }
        }

        return [.. writers.Select((writer, s) => new SplitFiles(SplitNames[s], writer.Rows, writer.Positives, [.. writer.Files.Select(Describe)]))];
    }

    private SplitFile Describe(string name)
    {
        var path = Path.Combine(options.Out, name);
        return new SplitFile(name, new FileInfo(path).Length, DataManifest.Checksum(path));
    }

    private sealed record Work(Preparation Owner, RecordChunk Chunk, SplitWriter[] Writers)
    {
        public void Count(int first, int last)
        {
            for (var m = first; m < last; m++)
            {
                var column = Chunk.Columns[m];
                for (var row = 0; row < Chunk.Count; row++)
                {
                    if (Chunk.Splits[row] != 0) continue;
                    for (var v = column.StartOf(row); v < column.StartOf(row + 1); v++) Owner.encoders[m].Count(column.Values[v]);
                }
            }
        }

        public void Encode(int first, int last)
        {
            for (var m = first; m < last; m++)
            {
                var column = Chunk.Columns[m];
                for (var row = 0; row < Chunk.Count; row++)
                {
                    var target = Writers[Chunk.Splits[row]].Column(m);
                    for (var v = column.StartOf(row); v < column.StartOf(row + 1); v++) target.AddValue(Owner.encoders[m].RowOf(column.Values[v]));
                    target.EndRow();
                }
            }
        }
    }

    /// <summary>Reads all inputs; the next chunk is read while one is worked on.</summary>
    private void ForEachChunk(string pass, Action<RecordChunk> work, CancellationToken cancellation)
    {
        var (current, next) = (new RecordChunk(schema.Fields), new RecordChunk(schema.Fields));
        var (rows, bytesBefore) = (0L, 0L);
        var split = new CounterRandom(schema.Split.Seed, 0x5711);
        foreach (var (path, given) in inputs)
        {
            var bytes = 0L;
            using var reader = Open(path, position => bytes = position);
            var reading = Task.Run(() => reader.Read(next), CancellationToken.None);
            while (reading.GetAwaiter().GetResult())
            {
                (current, next) = (next, current);
                var target = next;
                reading = Task.Run(() => reader.Read(target), CancellationToken.None);
                for (var row = 0; row < current.Count; row++) current.Splits[row] = SplitOf(current.SplitKeys[row], given, split, rows + row);
                rows += current.Count;
                try
                {
                    work(current);
                    cancellation.ThrowIfCancellationRequested();
                }
                catch
                {
                    reading.ContinueWith(static task => _ = task.Exception, TaskScheduler.Default).Wait(CancellationToken.None);
                    throw;
                }

                progress?.Invoke(new PreparationProgress(pass, bytesBefore + bytes, totalBytes, rows));
            }

            bytesBefore += new FileInfo(path).Length;
        }

        bad.Recording = false;
    }

    private byte SplitOf(double key, int given, CounterRandom random, long row)
    {
        if (given >= 0) return (byte)given;
        var position = schema.Split.By == "random" ? random.Uniform(row) : key;
        return (byte)(position < cuts.Valid ? 0 : position < cuts.Test ? 1 : 2);
    }

    /// <summary>Where validation and test begin: shares of [0, 1), or of the rows in order of time.</summary>
    private void FindCuts(CancellationToken cancellation)
    {
        var split = schema.Split;
        var valid = options.ValidFiles.Count > 0 || libfm != null ? 0 : split.Valid;
        var test = options.TestFiles.Count > 0 || libfm != null ? 0 : split.Test;
        var whole = split.Train + valid + test;
        cuts = (valid == 0 && test == 0 ? double.PositiveInfinity : split.Train / whole, test == 0 ? double.PositiveInfinity : (split.Train + valid) / whole);
        if (split.By != "time") return;
        List<double> times = [];
        ForEachChunk("read times", chunk => times.AddRange(chunk.SplitKeys.AsSpan(0, chunk.Count)), cancellation);
        times.Sort();
        double At(double share) => double.IsInfinity(share) || times.Count == 0 ? double.PositiveInfinity : times[Math.Min(times.Count - 1, (int)(share * times.Count))];
        cuts = (At(cuts.Valid), At(cuts.Test));
    }

    private IRecordReader Open(string path, Action<long> told)
        => libfm != null ? new LibfmReader(path, libfm, bad, told) : RecordReaders.Open(path, schema, needsLabel: true, bad, told);

    private (Schema Schema, IReadOnlyList<LibfmField> Fields) LibfmFolder(string folder)
    {
        var fields = LibfmField.Load(Path.Combine(folder, "fields.tsv"));
        for (var s = 0; s < SplitNames.Length; s++)
        {
            var found = Directory.GetFiles(folder, $"{SplitNames[s]}.lib*");
            if (found.Length != 1) throw new AutoDimException($"'{folder}' has {found.Length} files {SplitNames[s]}.libfm, .libsvm or .gz of them; expected one");
            inputs.Add((found[0], s));
        }

        return (new Schema { Format = "libfm", Fields = [.. fields.Select(field => new FieldSchema { Column = field.Name })] }, fields);
    }

    private string[] Warnings(Field[] fields) => libfm != null ? [] :
    [
        .. bad.FirstProblems.Select(problem => $"bad row left out: {problem}"),
        .. fields.Where(field => field.Rows == FieldEncoder.ReservedRows).Select(field => $"field '{field.Name}' has no value in training that occurs often enough; add its column to ignore"),
        .. fields.Where(field => field.Rows == FieldEncoder.ReservedRows + 1).Select(field => $"field '{field.Name}' has one value only in training; it can tell little"),
    ];

    private static string FingerprintOf(Field[] fields, SplitFiles[] splits)
    {
        var text = string.Join('|', fields.Select(field => $"{field.Name}:{field.Rows}").Concat(splits.SelectMany(split => split.Files).Select(file => file.Checksum)));
        return XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(text)).ToString("x16");
    }
}
