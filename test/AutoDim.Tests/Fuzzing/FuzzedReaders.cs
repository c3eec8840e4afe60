using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using AutoDim.Cli;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Native;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Serving.Http;
using AutoDim.Serving.Scoring;
using AutoDim.Settings;
using AutoDim.Tests.Support;
using AutoDim.Training;
using Parquet;
using Parquet.Schema;
using Field = AutoDim.Data.Field;
using Schema = AutoDim.Data.Preparation.Schema;

namespace AutoDim.Tests.Fuzzing;

/// <summary>All readers of what comes from outside, with good inputs made once: a small log, its prepared data, a model of many forms, its exports, a run.</summary>
public sealed class FuzzedReaders : IDisposable
{
    /// <summary>In the order of <see cref="All"/>.</summary>
    public static readonly string[] Names =
    [
        "csv", "tsv", "libfm", "libfm-fields", "gzip", "parquet", "guess", "schema", "settings", "run-record", "plan", "data-manifest", "arrow", "vocabulary", "frequencies", "mask", "model-manifest",
        "weights", "mapped-weights", "npz", "foreign-npz", "foreign-safetensors", "export-manifest", "golden-rows", "result", "http-score", "http-rank", "native-options",
    ];

    private const string CsvSchema = """
        label: {column: click}
        missing: ["-"]
        fields:
          - {column: user}
          - {column: tags, kind: multi, separator: "|"}
          - {column: price, kind: numeric, count: 8}
        """;

    private const string CsvText = "click,user,tags,price\n1,u1,a|b,3.5\n0,\"u,2\",,-\n1,\"say \"\"hi\"\"\",c,1e3\n0,u4,a,\r\n";

    private readonly TemporaryFolder folder = new();
    private readonly PreparedClicks clicks = new(rows: 120);
    private readonly WorkerPool pool = new(1);
    private readonly TrainedModel model;
    private readonly RowEncoder encoder;
    private readonly IReadOnlyList<FuzzedReader> all;

    public FuzzedReaders()
    {
        File.WriteAllText(folder.File("plan.json"), """{"formatVersion": 1, "fields": [{"field": "user", "dim": 3, "form": "qr:4"}, {"field": "item", "dim": 4, "form": "mgqe:2:4:2"}, {"field": "tags", "dim": 4}, {"field": "price", "dim": 2}]}""");
        Do("train", clicks.Folder, "--model", "din", "--hidden", "4", "--plan", folder.File("plan.json"), "--epochs", "1", "--quiet", "--out", folder.File("model"));
        Do("export", folder.File("model"), "--format", "npz", "--golden-rows", "8", "--out", folder.File("export"));
        Do("run", clicks.Folder, "--model", "fm", "--dim", "2", "--epochs", "1", "--search-candidates", "1,2", "--search-epochs", "1", "--tune-l2", "0", "--quiet", "--out", folder.File("run"));
        model = TrainedModel.Load(folder.File("model/model"), pool);
        encoder = RowEncoder.Load(model.Folder, model.Manifest, model.Model.Fields);
        all = [.. All().Select((reader, i) => reader.Name == Names[i] ? reader : throw new InvalidOperationException($"{reader.Name} stands in the place of {Names[i]}"))];
    }

    internal FuzzedReader Find(string name) => all.Single(reader => reader.Name == name);

    public void Dispose()
    {
        model.Dispose();
        pool.Dispose();
        clicks.Dispose();
        folder.Dispose();
    }

    private static void Do(params string[] arguments)
    {
        using var written = new StringWriter();
        Application.Run(arguments, written, written).ShouldBe(0, written.ToString());
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private byte[] FileOf(string name) => File.ReadAllBytes(folder.File(name));

    private static FuzzedReader Of(string name, string file, byte[] seed, Action<string> read, Func<byte[], byte[]>? repair = null)
    {
        return new FuzzedReader(name, file, [seed], Read) { Repair = repair };

        string? Read(string path)
        {
            read(path);
            return null;
        }
    }

    private IEnumerable<FuzzedReader> All() => [.. Logs(), .. Texts(), .. Prepared(), .. Models(), .. Requests()];

    private IEnumerable<FuzzedReader> Logs()
    {
        yield return Of("csv", "rows.csv", Bytes(CsvText), path => ReadLog(path, CsvSchema));
        yield return Of("tsv", "rows.tsv", Bytes("1\tu1\ta|b\t3\n0\tu2\t\t-\n"), path => ReadLog(path, CsvSchema + "\ndelimiter: tab\nheader: false\nquotes: false\ncolumns: [click, user, tags, price]\n"));
        LibfmField[] ids = [new("user", 0, 9), new("item", 10, 19)];
        var schema = new Schema { Fields = [.. ids.Select(field => new FieldSchema { Column = field.Name })] };
        yield return Of("libfm", "rows.libfm", Bytes("1 3:1 12:1\n0 4:1 19:1\n-1 0:1 10:1\n"), path => ReadAll(path, () => new LibfmReader(path, ids, null), schema));
        yield return Of("libfm-fields", "fields.tsv", Bytes("user\t0\t9\nitem\t10\t19\n"), path => LibfmField.Load(path));
        yield return Of("gzip", "rows.csv.gz", Gzip(Bytes(CsvText)), path => ReadLog(path, CsvSchema));
        yield return Of("parquet", "rows.parquet", ParquetRows().GetAwaiter().GetResult(), path => ReadLog(path, CsvSchema));
        yield return Of("guess", "rows.csv", Bytes(CsvText), path => SchemaFile.Write(SchemaGuess.Of(path, "click")));
    }

    private static IEnumerable<FuzzedReader> Texts()
    {
        yield return Of("schema", "schema.yaml", Bytes(CsvSchema + "\nsequences: [{name: past, of: user, column: history, length: 3}]\nsplit: {by: time, column: at, train: 8, valid: 1, test: 1}\n"), path => SchemaFile.Write(SchemaFile.Load(path)));
        yield return Of("settings", "run.yaml", Bytes("model: deepfm\nhidden: [16, 8]\nseed: 7\nlearning-rate: 0.001\ntune-l2: 0,1e-5\nbatch-norm: true\nstorages: int8\n"),
            path => SettingList.Apply(SettingList.Of(typeof(RunOptions)), new RunOptions(), SettingsFile.Load(path), path));
    }

    private IEnumerable<FuzzedReader> Prepared()
    {
        yield return Of("run-record", "run.yaml", FileOf("run/run.yaml"), path => FinishedRun.Find(Path.GetDirectoryName(path)!));
        yield return Of("plan", "plan.json", FileOf("run/plan.json"), path =>
        {
            using var data = clicks.Open();
            PlanFile.Load(path, data);
        });
        var manifest = DataManifest.Load(clicks.Folder);
        yield return Of("data-manifest", "data.json", File.ReadAllBytes(Path.Combine(clicks.Folder, DataManifest.Name)), path =>
        {
            CopyBeside(path, clicks.Folder);
            using var data = ClickData.Open(Path.GetDirectoryName(path)!);
            foreach (var split in (DataSplit[])[data.Train, data.Valid, data.Test]) ReadSplit(split, data.Fields);
        }, bytes => Bytes(JsonSerializer.Serialize(JsonSerializer.Deserialize(bytes, DataJson.Default.DataManifest)!.WithFingerprint(), DataJson.Default.DataManifest)));
        var train = manifest.Splits[0];
        yield return Of("arrow", "train.arrow", File.ReadAllBytes(manifest.PathOf(clicks.Folder, train.Files[0])), path =>
        {
            using var split = new ArrowSplit([path], manifest.Fields, train.Rows);
            ReadSplit(split, manifest.Fields);
        });
        yield return Of("vocabulary", "vocabulary.bin", File.ReadAllBytes(manifest.PathOf(clicks.Folder, manifest.Vocabulary)), path =>
        {
            foreach (var loaded in VocabularyFile.Load(path)) _ = loaded.RowOf(Fingerprint.Of("u1"u8)) + loaded.RowOf(3) + loaded.VocabularyBytes;
        }, bytes => [.. bytes[..^8], .. BitConverter.GetBytes(XxHash3.HashToUInt64(bytes.AsSpan(0, bytes.Length - 8)))]);
    }

    private IEnumerable<FuzzedReader> Models()
    {
        var manifest = model.Manifest;
        byte[] InModel(ModelFile file) => File.ReadAllBytes(Path.Combine(model.Folder, file.Name));
        yield return Of("frequencies", "frequencies.bin", InModel(manifest.Frequencies!), path => RowFrequencies.Load(path, manifest.Fields));
        using (var mask = new RowMask(20, 5))
        {
            mask.Keep(3, 2);
            mask.Save(folder.File("mask"));
        }

        yield return Of("mask", "mask.bin", FileOf("mask"), path => RowMask.Load(path, 20, 5).Dispose());
        yield return Of("model-manifest", ModelManifest.Name, FileOf($"model/model/{ModelManifest.Name}"), path =>
        {
            CopyBeside(path, model.Folder);
            var place = Path.GetDirectoryName(path)!;
            using var loaded = TrainedModel.Load(place, pool);
            loaded.Frequencies();
            RowEncoder.Load(place, loaded.Manifest, loaded.Model.Fields);
            using var mapped = TrainedModel.Map(place, ModelManifest.Load(place), pool);
        });
        var arrays = LearnerState.Weights(model.Model);
        yield return Of("weights", "weights.safetensors", InModel(manifest.Weights), path => TensorFile.Read(path, Copies(arrays)), RepairWeights);
        yield return Of("mapped-weights", "weights.safetensors", InModel(manifest.Weights), path =>
        {
            using var mapped = TensorFile.Map(path);
            mapped.CopyTo(Copies(arrays));
        });
        yield return Of("npz", "model.npz", FileOf("export/model.npz"), path => NumpyFile.Read(path, Copies(arrays)));
        yield return Of("foreign-npz", "tables.npz", FileOf("export/model.npz"), ReadArrays);
        yield return Of("foreign-safetensors", "tables.safetensors", InModel(manifest.Weights), ReadArrays);
        yield return Of("export-manifest", ExportManifest.Name, FileOf($"export/{ExportManifest.Name}"), path =>
        {
            CopyBeside(path, folder.File("export"));
            ModelExport.Verify(Path.GetDirectoryName(path)!, ArrayFormat.Npz);
        });
        yield return Of("golden-rows", GoldenRows.Name, FileOf($"export/{GoldenRows.Name}"), path => ReadSplit(GoldenRows.Load(path).ToSplit(), model.Model.Fields));
        yield return Of("result", "result.json", FileOf("run/result.json"), path => RunResult.Load(path));
    }

    private static unsafe void ReadArrays(string path)
    {
        using var file = ArrayFile.Open(path);
        foreach (var array in file.Arrays.Where(array => array.Type != null))
        {
            using var numbers = new NativeBuffer<Real>(array.Count);
            file.Read(array, numbers.Pointer);
        }
    }

    private IEnumerable<FuzzedReader> Requests()
    {
        byte[][] rows = [Bytes("""{"user":"u1","tags":["t1","t2"],"price":3.5,"past":["i1"]}"""), Bytes("""[{"user":"u\u0031"},{"item":null,"tags":"t1|t3"}]""")];
        yield return new FuzzedReader("http-score", "body.json", rows, path => Post(path, body => RowReader.ReadRows(body, encoder, 10, true, new EncodedRows(encoder.Columns), out _)));
        var ranking = Bytes("""{"shared":{"user":"u1","past":["i1"]},"candidates":[{"item":"i1"},{"tags":["t1","t2"]}],"top":1,"order":"given"}""");
        yield return new FuzzedReader("http-rank", "body.json", [ranking], path => Post(path, body => RowReader.ReadCandidates(body, encoder, 10, new EncodedRows(encoder.Columns), new EncodedRows(encoder.Columns), out _, out _)));
        yield return new FuzzedReader("native-options", "options.json", [Bytes("""{"files":["a.csv"],"schema":{"label":{"column":"click"},"fields":[{"column":"user"}]},"on-bad-row":"skip","overwrite":true}""")], path =>
        {
            try
            {
                var text = File.ReadAllText(path);
                JobOptions.Prepare(text, []);
                return null;
            }
            catch (AutoDimException exception)
            {
                return exception.Message;
            }
        });
    }

    private static string? Post(string path, Func<byte[], RequestProblem?> read)
    {
        var body = File.ReadAllBytes(path);
        return Utf8.IsValid(body) ? read(body)?.Detail : "the body is not UTF-8";
    }

    /// <summary>Reads a log twice: to its first bad row, and past all of them.</summary>
    private static void ReadLog(string path, string schemaText)
    {
        var schema = SchemaFile.Parse(schemaText, "schema");
        ReadAll(path, () => RecordReaders.Open(path, schema, needsLabel: true, null), schema);
    }

    private static void ReadAll(string path, Func<IRecordReader> open, Schema schema)
    {
        using var skipping = new BadRows(BadRowPolicy.Skip, null);
        ReadRows.Of(path, open(), schema, skipping);
        ReadRows.Of(path, open(), schema);
    }

    private static void ReadSplit(DataSplit split, IReadOnlyList<Field> fields)
    {
        using var batch = new Batch(fields, 16);
        for (var first = 0L; first < Math.Min(split.RowCount, 64); first += 16) split.Read([.. Enumerable.Range(0, (int)Math.Min(16, split.RowCount - first)).Select(i => first + i)], batch);
        split.ReadLabels(new float[Math.Min(split.RowCount, 64)]);
    }

    /// <summary>Arrays of the same shapes whose memory is nobody's: what is read into them does not matter.</summary>
    private static unsafe NamedArray[] Copies(IReadOnlyList<NamedArray> arrays)
        => [.. arrays.Select(array => array with { Address = (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref GC.AllocateArray<byte>((int)array.Bytes + 1, pinned: true)[0]) })];

    private static byte[] RepairWeights(byte[] bytes)
    {
        const string Mark = "\"checksum\":\"";
        var length = (int)BitConverter.ToInt64(bytes);
        var digits = bytes.AsSpan(8, length)[(bytes.AsSpan(8, length).IndexOf(Encoding.UTF8.GetBytes(Mark)) + Mark.Length)..][..16];
        digits.Fill((byte)'0');
        Encoding.UTF8.GetBytes(XxHash3.HashToUInt64(bytes.AsSpan(8)).ToString("x16")).CopyTo(digits);
        return bytes;
    }

    /// <summary>The other files of a folder, once.</summary>
    private static void CopyBeside(string path, string source)
    {
        foreach (var file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(Path.GetDirectoryName(path)!, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (!File.Exists(target)) File.Copy(file, target);
        }
    }

    private static byte[] Gzip(byte[] text)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal)) gzip.Write(text);
        return packed.ToArray();
    }

    private static async Task<byte[]> ParquetRows()
    {
        var stream = new MemoryStream();
        DataField<string> user = new("user"), tags = new("tags");
        DataField<int> click = new("click");
        DataField<double> price = new("price");
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(click, user, tags, price), stream))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync<int>(click, new[] { 1, 0, 1 });
            await group.WriteAsync(user, new[] { "u1", "u2", "u1" });
            await group.WriteAsync(tags, new[] { "a|b", "", "c" });
            await group.WriteAsync<double>(price, new[] { 1.5, 2, 3 });
        }

        return stream.ToArray();
    }
}
