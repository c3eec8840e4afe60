using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json.Nodes;
using AutoDim.Cli.Commands;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Onnx;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Export;

public sealed class ModelExportTests : IDisposable
{
    private readonly PreparedClicks clicks = new(rows: 300);
    private readonly ClickData data;
    private readonly TemporaryFolder folder = new();
    private readonly WorkerPool pool = new(1);

    public ModelExportTests() => data = clicks.Open();

    private string Out => folder.File("out");

    public void Dispose()
    {
        pool.Dispose();
        folder.Dispose();
        data.Dispose();
        clicks.Dispose();
    }

    public static MatrixTheoryData<ExportFormat, RowStorage> Forms() => new(Enum.GetValues<ExportFormat>(), Enum.GetValues<RowStorage>());

    public static MatrixTheoryData<ExportFormat, RowStorage> SparseForms() => new(Enum.GetValues<ExportFormat>(), SparseRows.Storages);

    [Theory, MemberData(nameof(Forms))]
    public void Write_EveryFormatAndStorage_FolderHoldsAllAndVerifies(ExportFormat format, RowStorage storage)
    {
        using var trained = Save("deepfm", storage);
        var options = new ExportOptions { Format = format, GoldenRows = 30 };
        var (place, difference) = ModelExport.Write(trained, FormatOf(format), options, Out);
        place.ShouldBe(Out);
        difference.ShouldBeLessThan(1e-5);
        string[] expected = [ExportManifest.Name, GoldenRows.Name, $"model{FormatOf(format).Ending}", "model-card.md", "schema.yaml", "vocabulary.bin"];
        Directory.GetFileSystemEntries(Out).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(expected.Order(StringComparer.Ordinal));
        ModelExport.Verify(Out, FormatOf(format)).ShouldBe(difference);
        var manifest = ExportManifest.Load(Out);
        manifest.Inputs.Select(input => input.Name).ShouldBe(["user", "item", "tags", "price"]);
        manifest.Tables.Single(table => table.Name == "embedding.item").Storage.ShouldBe(storage);
        manifest.Files.Count.ShouldBe(5);
    }

    /// <summary>Arrays are exported as they are stored, an ONNX graph has the zeros too; scores are the same.</summary>
    [Theory, MemberData(nameof(SparseForms))]
    public void Write_SparseTables_FolderVerifies(ExportFormat format, RowStorage storage)
    {
        using var trained = Save("deepfm", storage, arePrefixes: false);
        var (_, difference) = ModelExport.Write(trained, FormatOf(format), new ExportOptions { Format = format, GoldenRows = 30 }, Out);
        difference.ShouldBeLessThan(1e-5);
        ExportManifest.Load(Out).Tables.Where(table => table.IsSparse).Select(table => table.Name).ShouldBe(["embedding.user", "embedding.item", "embedding.tags", "embedding.price"]);
    }

    [Theory, MemberData(nameof(Forms))]
    public void Write_TablesOfPrefixes_FolderVerifies(ExportFormat format, RowStorage storage)
    {
        using var trained = Save("deepfm", storage, arePrefixes: true);
        var (_, difference) = ModelExport.Write(trained, FormatOf(format), new ExportOptions { Format = format, GoldenRows = 30 }, Out);
        difference.ShouldBeLessThan(1e-5);
        var table = ExportManifest.Load(Out).Tables.Single(table => table.Name == "embedding.user");
        table.IsSparse.ShouldBeFalse();
        table.Prefixes!.ShouldBe([new RowPrefix(7, 1), new RowPrefix(4, 2)]); // 14 users of at most 2 numbers
    }

    [Fact]
    public void Write_ModelOfSequences_HasAnInputForEach()
    {
        using var trained = Save("din", RowStorage.Int4);
        ModelExport.Write(trained, new OnnxFormat(), new ExportOptions(), Out);
        ExportManifest.Load(Out).Inputs.ShouldContain(new ExportInput("past", data.Fields[1].Rows, IsPadded: true));
    }

    [Fact]
    public void Write_AFilesName_FileAndWeightsBesideAreCalledSo()
    {
        using var trained = Save("fm", RowStorage.Float32, dim: 40);
        var (place, _) = ModelExport.Write(trained, new OnnxFormat(), new ExportOptions { ExternalAbove = 0 }, Path.Combine(Out, "ctr.onnx"));
        Path.GetFullPath(place).ShouldBe(Path.GetFullPath(Out));
        Directory.GetFiles(Out, "ctr.*").Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(["ctr.onnx", "ctr.onnx.data"]);
        ExportManifest.Load(Out).Model.Weights.Name.ShouldBe("ctr.onnx");
        ModelExport.Verify(Out, new OnnxFormat()).ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void Write_ScoresFurtherApartThanTheTolerance_FailsAndLeavesNoFile()
    {
        using var trained = Save("deepfm", RowStorage.Float32);
        var error = Should.Throw<AutoDimException>(() => ModelExport.Write(trained, new Astray(), new ExportOptions(), Out));
        error.Message.ShouldContain("more than the tolerance 0.0001 apart");
        Directory.Exists(Out).ShouldBeFalse(); // nor the folder that was made for it
    }

    [Fact]
    public void Write_FailsOverAFormerExport_FormerOneStays()
    {
        using var trained = Save("deepfm", RowStorage.Float32);
        ModelExport.Write(trained, new OnnxFormat(), new ExportOptions(), Out);
        Should.Throw<AutoDimException>(() => ModelExport.Write(trained, new Astray(), new ExportOptions(), Out));
        ModelExport.Verify(Out, new OnnxFormat()).ShouldBeLessThan(1e-5);
        ModelExport.Write(trained, ArrayFormat.Npz, new ExportOptions { Format = ExportFormat.Npz }, Out);
        ModelExport.Verify(Out, ArrayFormat.Npz).ShouldBe(0);
        File.Exists(Path.Combine(Out, "model.onnx")).ShouldBeFalse();
    }

    [Fact]
    public void Verify_AnyFileDamagedOrGone_RefusedWithItsName()
    {
        using var trained = Save("deepfm", RowStorage.Int8);
        ModelExport.Write(trained, new OnnxFormat(), new ExportOptions(), Out);
        foreach (var path in Directory.GetFiles(Out))
        {
            var whole = File.ReadAllBytes(path);
            foreach (var damaged in (byte[][])[whole[..^1], [], [.. whole[..(whole.Length / 3)], (byte)(whole[whole.Length / 3] ^ 4), .. whole[((whole.Length / 3) + 1)..]]])
            {
                File.WriteAllBytes(path, damaged);
                if (Path.GetFileName(path) == ExportManifest.Name && damaged.Length == whole.Length) continue; // a digit of a figure may change
                Should.Throw<AutoDimException>(() => ModelExport.Verify(Out, new OnnxFormat()), path).Message.ShouldContain(Out);
            }

            File.Delete(path);
            Should.Throw<AutoDimException>(() => ModelExport.Verify(Out, new OnnxFormat()), path).Message.ShouldContain(Out);
            File.WriteAllBytes(path, whole);
        }

        ModelExport.Verify(Out, new OnnxFormat());
    }

    [Theory, InlineData(float.NaN), InlineData(float.PositiveInfinity)]
    public void Verify_ScoreThatIsNoNumber_Refused(float logit)
    {
        using var trained = Save("deepfm", RowStorage.Float32);
        ModelExport.Write(trained, new OnnxFormat(), new ExportOptions(), Out);
        var golden = GoldenRows.Load(Path.Combine(Out, GoldenRows.Name));
        (golden with { Logit = [.. golden.Logit.Select((value, i) => i == 5 ? logit : value)] }).Save(Path.Combine(Out, GoldenRows.Name));
        Reseal();
        Should.Throw<AutoDimException>(() => ModelExport.Verify(Out, new OnnxFormat())).Message.ShouldContain("for golden row 5");
    }

    /// <summary>With checksums that fit: the scores alone tell.</summary>
    [Fact]
    public void Verify_GoldenRowChanged_SaysWhichAndHowFar()
    {
        using var trained = Save("deepfm", RowStorage.Float32);
        ModelExport.Write(trained, new OnnxFormat(), new ExportOptions(), Out);
        var golden = GoldenRows.Load(Path.Combine(Out, GoldenRows.Name));
        (golden with { Logit = [.. golden.Logit.Select((logit, i) => i == 5 ? logit + 0.01f : logit)] }).Save(Path.Combine(Out, GoldenRows.Name));
        Reseal();
        Should.Throw<AutoDimException>(() => ModelExport.Verify(Out, new OnnxFormat())).Message.ShouldContain("for golden row 5");
        (golden with { Logit = [.. golden.Logit.Skip(1)] }).Save(Path.Combine(Out, GoldenRows.Name));
        Reseal();
        Should.Throw<AutoDimException>(() => ModelExport.Verify(Out, new OnnxFormat())).Message.ShouldContain("do not have the same number of rows");
    }

    [Fact]
    public void Verify_FileThatIsNoGraph_SaysSo()
    {
        using var trained = Save("fm", RowStorage.Float32);
        ModelExport.Write(trained, new OnnxFormat(), new ExportOptions(), Out);
        File.WriteAllText(Path.Combine(Out, "model.onnx"), "not a graph");
        Reseal();
        Should.Throw<AutoDimException>(() => ModelExport.Verify(Out, new OnnxFormat())).Message.ShouldContain("ONNX Runtime cannot score with");
    }

    [Fact]
    public void Write_Npz_NumpyFindsItsArrays()
    {
        using var trained = Save("fm", RowStorage.Float32);
        ModelExport.Write(trained, ArrayFormat.Npz, new ExportOptions { Format = ExportFormat.Npz }, Out);
        using var archive = ZipFile.OpenRead(Path.Combine(Out, "model.npz"));
        using var entry = archive.GetEntry("bias.npy")!.Open();
        var bytes = new byte[68 + 64];
        entry.ReadAtLeast(bytes, bytes.Length);
        bytes[..8].ShouldBe([0x93, .. "NUMPY"u8, 1, 0]);
        ((10 + bytes[8] + (bytes[9] << 8)) % 64).ShouldBe(0);
        System.Text.Encoding.ASCII.GetString(bytes, 10, 54).ShouldBe("{'descr': '<f4', 'fortran_order': False, 'shape': (1, ");
    }

    [Theory]
    [InlineData("fm", RowStorage.Float32), InlineData("deepfm", RowStorage.Float32), InlineData("deepfm", RowStorage.Float16), InlineData("deepfm", RowStorage.Int8), InlineData("deepfm", RowStorage.Int4), InlineData("deepfm", RowStorage.Int3), InlineData("deepfm", RowStorage.Int2), InlineData("deepfm", RowStorage.Int3, FirstOrderTerm.FieldVectors)]
    public void ScoreNumpy_ExportedModel_AgreesWithTheGoldenRows(string model, RowStorage storage, FirstOrderTerm firstOrder = FirstOrderTerm.ValueWeights)
    {
        var python = Tool.NumpyOrSkip();
        using var trained = Save(model, storage, firstOrder: firstOrder);
        ModelExport.Write(trained, ArrayFormat.Npz, new ExportOptions { Format = ExportFormat.Npz }, Out);
        var (code, output) = Tool.Run(python, SharedData.Repository("samples/python/score_numpy.py"), Out);
        code.ShouldBe(0, output);
        double.Parse(output, System.Globalization.CultureInfo.InvariantCulture).ShouldBeLessThan(1e-5);
    }

    [Theory, InlineData(RowStorage.Float32, false), InlineData(RowStorage.Float16, false), InlineData(RowStorage.Int8, false), InlineData(RowStorage.Int4, false)]
    [InlineData(RowStorage.Float32, true), InlineData(RowStorage.Float16, true), InlineData(RowStorage.Float8, true), InlineData(RowStorage.Int8, true), InlineData(RowStorage.Int4, true), InlineData(RowStorage.Int3, true), InlineData(RowStorage.Int2, true), InlineData(RowStorage.Int2, true, true)]
    public void ScoreNumpy_MaskedTables_AgreesWithTheGoldenRows(RowStorage storage, bool arePrefixes, bool areMixed = false)
    {
        var python = Tool.NumpyOrSkip();
        using var trained = Save("deepfm", storage, arePrefixes: arePrefixes, areMixed: areMixed);
        ModelExport.Write(trained, ArrayFormat.Npz, new ExportOptions { Format = ExportFormat.Npz }, Out);
        var (code, output) = Tool.Run(python, SharedData.Repository("samples/python/score_numpy.py"), Out);
        code.ShouldBe(0, output);
    }

    private static IExportFormat FormatOf(ExportFormat format) => ExportCommand.FormatOf(format);

    /// <summary>Gives the folder's files checksums that fit.</summary>
    private void Reseal()
    {
        var path = Path.Combine(Out, ExportManifest.Name);
        var text = JsonNode.Parse(File.ReadAllText(path))!;
        foreach (var file in text["files"]!.AsArray()) file!["checksum"] = DataManifest.Checksum(Path.Combine(Out, (string)file["name"]!));
        File.WriteAllText(path, text.ToJsonString());
    }

    /// <summary>A model of mixed dimensions trained for a few steps and saved in a run's folder, with rows in a storage.</summary>
    /// <param name="arePrefixes">What masks keep of the rows; null: there are none.</param>
    /// <param name="areMixed">Whether prefixes have storages of their own.</param>
    private TrainedModel Save(string name, RowStorage storage, int dim = 6, bool? arePrefixes = null, FirstOrderTerm firstOrder = FirstOrderTerm.ValueWeights, bool areMixed = false)
    {
        var plan = EmbeddingPlan.Of(data.Fields, [2, dim, 3, dim]).Stored(storage);
        using var masks = arePrefixes is { } kind ? new Masks(plan, kind) : null;
        plan = areMixed ? masks!.Mixed : masks?.Plan ?? plan;
        var options = Bench.SmallModel with { Hidden = [8, 4], FirstOrder = firstOrder };
        using var model = ModelCatalog.Find(name).Create(ModelContext.Planned(data.Fields, areMixed ? plan.Trained : plan, options, 3, pool));
        masks?.Apply(model);
        using var learner = new Learner(model, new TrainingOptions { BatchSize = 64, LearningRate = 0.01 });
        var sampler = new BatchSampler(data.Train, 64, 1);
        for (var step = 0; step < 20; step++)
        {
            sampler.Next(learner.Input.Batch);
            learner.Step();
        }

        using var packed = ModelCatalog.Find(name).Create(ModelContext.Planned(data.Fields, plan, options, 3, pool, packed: true));
        Packing.Pack(model, packed);
        var place = Path.Combine(folder.Path, "run", "model");
        TrainedModel.Save(place, packed, new ModelManifest { Model = name, Options = options, Fields = data.Fields, Dims = [2, dim, 3, dim], Storages = plan.Storages, Forms = plan.Forms, Data = data.Fingerprint }, RawMap.Of(data));
        File.WriteAllText(Path.Combine(folder.Path, "run", "model-card.md"), "# A model");
        return TrainedModel.Load(place, pool);
    }

    /// <summary>A format that scores a little beside.</summary>
    private sealed class Astray : IExportFormat
    {
        public ExportFormat Format => ExportFormat.Onnx;

        public string Ending => ".onnx";

        public void Write(TrainedModel model, string path, ExportOptions options, RawInputs? raw) => File.WriteAllText(path, "");

        public (float[] Logits, float[] Probabilities) Score(string path, ModelManifest manifest, GoldenRows rows)
            => ([.. rows.Logit.Select((logit, i) => i == 3 ? logit + (2 * Math.Max(1, Math.Abs(logit)) * 1e-4f) : logit)], [.. rows.Probability]);
    }
}
