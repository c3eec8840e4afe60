using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Graphs;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Onnx;
using AutoDim.Tests.Support;
using AutoDim.Training;
using Microsoft.ML.OnnxRuntime;

namespace AutoDim.Tests.Onnx;

/// <summary>Every model and form of one, with every projection it takes, dimensions that differ or are 0, and every storage, in ONNX Runtime.</summary>
public sealed class OnnxModelTests : IDisposable
{
    private const double Tolerance = 1e-5;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, int[], Projection> Cases() => Bench.Models();

    public static TheoryData<string, int[], Projection> RowForms() => Bench.RowFormModels();

    [Theory, MemberData(nameof(Cases)), MemberData(nameof(RowForms))]
    public void Score_EveryStorageAndBatchSize_EqualsTheEngine(string name, int[] dims, Projection projection)
    {
        using var bench = new Bench(name, dims, projection);
        Bench.Shake(bench.Model);
        foreach (var storage in Enum.GetValues<RowStorage>())
        {
            using var model = Packed(bench, name, storage);
            var golden = GoldenRows.Of(model, 20);
            using var scorer = new OnnxScorer(Write(model, long.MaxValue));
            foreach (var size in (int[])[1, 7, 20]) ShouldBeClose(scorer, golden.Inputs, golden, size, $"{storage}, {size} samples");
        }
    }

    /// <summary>Tables of which some numbers are kept are there with their zeros.</summary>
    [Theory, InlineData("deepfm", false), InlineData("din", false), InlineData("ffm", false), InlineData("deepfm", true), InlineData("din", true), InlineData("ffm", true)]
    public void Score_MaskedTables_EqualsTheEngine(string name, bool arePrefixes)
    {
        using var bench = new Bench(name, [4, 4, 4, 4]);
        Bench.Shake(bench.Model);
        using var masks = new Masks(bench.Plan, arePrefixes);
        masks.Apply(bench.Model);
        foreach (var storage in arePrefixes ? Enum.GetValues<RowStorage>() : SparseRows.Storages)
        {
            using var sparse = Bench.Find(name).Create(ModelContext.Planned(SmallData.Fields, masks.Plan.Stored(storage), bench.Model.Context.Options, 7, bench.Pool, packed: true));
            Packing.Pack(bench.Model, sparse);
            sparse.Tables.Count(table => table.Kept != null).ShouldBe(4);
            var golden = GoldenRows.Of(sparse, 20);
            using var scorer = new OnnxScorer(Write(sparse, long.MaxValue));
            ShouldBeClose(scorer, golden.Inputs, golden, 20, storage.ToString());
        }
    }

    [Theory, MemberData(nameof(Cases)), MemberData(nameof(RowForms))]
    public void Score_NoValuesAtAllOrMuchPadding_EqualsTheEngine(string name, int[] dims, Projection projection)
    {
        using var bench = new Bench(name, dims, projection);
        Bench.Shake(bench.Model);
        using var model = Packed(bench, name, RowStorage.Float32);
        var path = Write(model, long.MaxValue);
        var drawn = GoldenRows.Of(model, 3);
        using var scorer = new OnnxScorer(path);
        ShouldBeClose(scorer, [.. drawn.Inputs.Select(input => Padded(input, row => [.. row, -1, -1]))], drawn, 3, "padded by two more");
        GoldenInput[] none = [.. drawn.Inputs.Select(input => Padded(input, _ => []))];
        ShouldBeClose(scorer, none, Scored(model, none), 3, "no entries");
        GoldenInput[] onlyPadding = [.. drawn.Inputs.Select(input => Padded(input, _ => [-1]))];
        ShouldBeClose(scorer, onlyPadding, Scored(model, onlyPadding), 3, "only padding");
    }

    [Theory, InlineData(RowStorage.Float32), InlineData(RowStorage.Int8)]
    public void Write_LimitPassed_WeightsLieInAFileBesideAndScoresStay(RowStorage storage)
    {
        using var bench = new Bench("deepfm", [16, 16, 16, 16], options: Bench.SmallModel with { Hidden = [64, 64] });
        using var model = Packed(bench, "deepfm", storage);
        var whole = Write(model, long.MaxValue);
        var small = folder.File("small.onnx");
        OnnxFile.Write(ScoringGraph.Of(model), small, new Dictionary<string, string>(), externalAbove: 0);
        var weights = new FileInfo(small + OnnxFile.ExternalEnding).Length;
        weights.ShouldBeGreaterThan(64 * 64 * 4);
        new FileInfo(small).Length.ShouldBeLessThan(new FileInfo(whole).Length - weights + 2000);
        File.Exists(whole + OnnxFile.ExternalEnding).ShouldBeFalse();
        var golden = GoldenRows.Of(model, 20);
        using var scorer = new OnnxScorer(small);
        ShouldBeClose(scorer, golden.Inputs, golden, 20, "external");
    }

    /// <summary>2,047 texts of a mebibyte, which are one array: a little more than a file can hold.</summary>
    [Fact]
    public void Write_MoreTextsThanAFileHolds_RefusedWithTheFix()
    {
        var text = new byte[1 << 20];
        Array.Fill(text, (byte)'x');
        var graph = new ForwardGraph();
        var rows = graph.NumbersOf(graph.Input(new GraphInput("user", false, GraphType.Text)), [.. Enumerable.Repeat(text, 2047)], [.. Enumerable.Range(0, 2047).Select(row => (long)row)], 0);
        graph.Output("row", rows);
        var path = folder.File("texts.onnx");
        Should.Throw<AutoDimException>(() => OnnxFile.Write(graph, path, new Dictionary<string, string>(), externalAbove: 0)).Message
            .ShouldBe($"'{path}' would take 2146447235 bytes, and an ONNX file takes at most 2 GiB: 2146447227 of them are values' texts and their rows, which cannot lie in a file beside it as weights do; export with --inputs rows, or prepare with a larger minCount and train again");
        File.Exists(path).ShouldBeFalse();
    }

    [Fact]
    public void Write_PackedTables_StayPacked()
    {
        int[] dims = [64, 64, 64, 64];
        using var bench = new Bench("fm", dims);
        long Bytes(RowStorage storage)
        {
            using var model = Packed(bench, "fm", storage);
            return ScoringGraph.Of(model).Constants.Where(constant => constant.Name.StartsWith("/embedding.", StringComparison.Ordinal)).Sum(constant => constant.Bytes);
        }

        foreach (var storage in Enum.GetValues<RowStorage>()) Bytes(storage).ShouldBe(SmallData.Fields.Sum(field => field.Rows * RowFormat.Bytes(storage, 64)), storage.ToString());
    }

    /// <summary>Two sequences of one field and one of another, whose entries lie one after the other among their fields'.</summary>
    [Theory, InlineData("din", Projection.Linear), InlineData("din", Projection.None), InlineData("youtubednn", Projection.ZeroPadding)]
    public void Score_SeveralSequences_EqualsTheEngine(string name, Projection projection)
    {
        Field[] fields = [new("user", 9) { Sequences = [new Sequence("friends", 4)] }, new("item", 7) { Sequences = [new Sequence("bought", 4), new Sequence("seen", 4)] }, new("tags", 5, MultiValued: true)];
        using var pool = new WorkerPool(1);
        var plan = EmbeddingPlan.Of(fields, [2, 3, 4]) with { Projection = projection };
        using var model = ModelCatalog.Find(name).Create(ModelContext.Planned(fields, plan, Bench.SmallModel, 1, pool));
        Bench.Shake(model);
        var golden = GoldenRows.Of(model, 20);
        golden.Inputs.Select(input => input.Name).ShouldBe(["user", "item", "tags", "friends", "bought", "seen"]);
        using var scorer = new OnnxScorer(Write(model, long.MaxValue));
        ShouldBeClose(scorer, golden.Inputs, golden, 20, name);
        ShouldBeClose(scorer, [.. golden.Inputs.Select((input, i) => Padded(input, row => [.. row, .. Enumerable.Repeat(-1L, i)]))], golden, 20, "paddings of several lengths");
    }

    [Fact]
    public void Of_MapsBeforeHiddenLayers_AreFoldedIn()
    {
        using var bench = new Bench("dnn", [1, 5, 2, 1]);
        ScoringGraph.Of(bench.Model).Constants.ShouldNotContain(constant => constant.Name.StartsWith("/map.", StringComparison.Ordinal));
    }

    [Theory, InlineData("probability"), InlineData("logit"), InlineData("/x")]
    public void Of_FieldOfAnotherValuesName_Refused(string name)
    {
        Field[] fields = [new(name, 3), new("bias", 4)];
        using var pool = new WorkerPool(1);
        using var model = ModelCatalog.Find("fm").Create(ModelContext.Planned(fields, EmbeddingPlan.Uniform(fields, 2), Bench.SmallModel, 1, pool));
        Should.Throw<AutoDimException>(() => ScoringGraph.Of(model)).Message.ShouldContain($"the field '{name}' cannot be exported");
    }

    /// <summary>The example in docs/export.md.</summary>
    [Fact]
    public void Session_AsDocumented_GivesProbabilities()
    {
        Field[] fields = [new("user", 9), new("item", 13), new("tags", 5, MultiValued: true)];
        using var pool = new WorkerPool(1);
        using var model = ModelCatalog.Find("deepfm").Create(ModelContext.Planned(fields, EmbeddingPlan.Of(fields, [2, 3, 4]), Bench.SmallModel, 1, pool));
        var path = Write(model, long.MaxValue);

        using var session = new InferenceSession(path);
        using var user = OrtValue.CreateTensorValueFromMemory(new long[] { 3, 7 }, [2]);
        using var item = OrtValue.CreateTensorValueFromMemory(new long[] { 12, 0 }, [2]);
        using var tags = OrtValue.CreateTensorValueFromMemory(new long[] { 1, 4, 2, -1 }, [2, 2]);
        var inputs = new Dictionary<string, OrtValue> { ["user"] = user, ["item"] = item, ["tags"] = tags };
        using var options = new RunOptions();
        using var outputs = session.Run(options, inputs, ["probability"]);
        float[] probabilities = outputs[0].GetTensorDataAsSpan<float>().ToArray();

        using var scorer = new Scorer(model, 2);
        var expected = scorer.Score(new MemorySplit(new float[2], [[3, 7], [12, 0], [1, 4, 2]], [null, null, [0, 2, 3]]));
        for (var i = 0; i < 2; i++) probabilities[i].ShouldBe(Predictor.Probability(expected[i]), Tolerance);
    }

    [Fact]
    public void Session_RowBeyondItsTable_IsRefused()
    {
        using var bench = new Bench("fm", [2, 2, 2, 2]);
        var drawn = GoldenRows.Of(bench.Model, 3);
        using var scorer = new OnnxScorer(Write(bench.Model, long.MaxValue));
        Should.Throw<AutoDimException>(() => scorer.Score([.. drawn.Inputs.Select(input => input.Name == "item" ? input with { Rows = [[7], [0], [0]] } : input)], 3)).Message.ShouldContain("ONNX Runtime cannot score");
    }

    [Fact]
    public void Of_AModelOfOnesOwn_IsExportedAsItStands()
    {
        using var pool = new WorkerPool(1);
        using var model = new OwnModel.CappedDeepFM(ModelContext.Planned(SmallData.Fields, EmbeddingPlan.Uniform(SmallData.Fields, 3), Bench.SmallModel, 1, pool).WithoutSequences());
        Bench.Shake(model);
        var golden = GoldenRows.Of(model, 20);
        using var scorer = new OnnxScorer(Write(model, long.MaxValue));
        ShouldBeClose(scorer, golden.Inputs, golden, 20, "own model");
    }

    /// <summary>What has no form in a graph is of training or search alone.</summary>
    [Fact]
    public void Describe_EveryOperationOfScoring_IsThere()
    {
        var without = typeof(Operation).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Operation)) && !type.IsAbstract && type.GetMethod(nameof(Operation.Describe))!.DeclaringType == typeof(Operation));
        without.Select(type => type.Name).Order(StringComparer.Ordinal).ShouldBe(["ChosenCentroids", "CollapsedMixture", "Dropout", "FieldGains", "GroupResponses", "GumbelSoftmax", "LogLoss", "MaskRows", "NearestCentroids", "PrefixMaps", "RoundRows", "ScaleRows", "SoftThreshold", "WrittenOutMixture"]);
    }

    private static CtrModel Packed(Bench bench, string name, RowStorage storage)
    {
        var packed = Bench.Find(name).Create(ModelContext.Planned(SmallData.Fields, bench.Plan.Stored(storage), bench.Model.Context.Options, 7, bench.Pool, packed: true));
        Packing.Pack(bench.Model, packed);
        packed.Tables.ShouldAllBe(table => table.IsPacked == (storage != RowStorage.Float32 || table.Codes != null));
        return packed;
    }

    private static GoldenInput Padded(GoldenInput input, Func<IReadOnlyList<long>, long[]> change) => input.IsPadded ? input with { Rows = [.. input.Rows.Select(change)] } : input;

    private static GoldenRows Scored(CtrModel model, GoldenInput[] inputs)
    {
        var rows = new GoldenRows { Inputs = inputs, Logit = new float[3], Probability = new float[3] };
        using var scorer = new Scorer(model, 3);
        var logits = scorer.Score(rows.ToSplit());
        return rows with { Logit = logits, Probability = Array.ConvertAll(logits, Predictor.Probability) };
    }

    private static void ShouldBeClose(OnnxScorer scorer, IReadOnlyList<GoldenInput> inputs, GoldenRows expected, int samples, string place)
    {
        var (logits, probabilities) = scorer.Score(inputs, samples);
        logits.Length.ShouldBe(samples, place);
        for (var i = 0; i < samples; i++)
        {
            logits[i].ShouldBe(expected.Logit[i], Tolerance * Math.Max(1, Math.Abs(expected.Logit[i])), place);
            probabilities[i].ShouldBe(expected.Probability[i], Tolerance, place);
        }
    }

    private string Write(CtrModel model, long externalAbove)
    {
        var path = folder.File($"{Directory.GetFiles(folder.Path).Length}.onnx");
        OnnxFile.Write(ScoringGraph.Of(model), path, new Dictionary<string, string> { ["model"] = "test" }, externalAbove);
        return path;
    }
}
