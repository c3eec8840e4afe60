using System.Globalization;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Graphs;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Onnx;
using AutoDim.Tests.Support;
using Microsoft.ML.OnnxRuntime;

namespace AutoDim.Tests.Onnx;

/// <summary>Graphs that take raw values, in ONNX Runtime: they score a log's rows as the predictor does.</summary>
public sealed class RawInputsTests : IDisposable
{
    /// <summary>Of a list: the length of <see cref="PreparedClicks"/>'s sequence, which the graph leaves to its caller.</summary>
    private const int MostValues = 3;

    private const string Rules = """
        label: {column: click}
        missing: [NA, "?"]
        fields:
          - {column: user, minCount: 2}
          - {column: price, kind: numeric, buckets: [10, 20.5, 30]}
          - {column: views, kind: numeric, buckets: log-square}
          - {column: tags, kind: multi, separator: "|"}
        split: {by: random, seed: 3}

        """;

    private readonly TemporaryFolder folder = new();
    private readonly WorkerPool pool = new(1);

    private string Log => folder.File("log.csv");

    private string Out => folder.File("out");

    public void Dispose()
    {
        pool.Dispose();
        folder.Dispose();
    }

    /// <summary>Vocabularies of texts, quantile buckets, lists and a sequence, of every kind of value that there is.</summary>
    [Theory, InlineData("deepfm"), InlineData("din")]
    public void Write_ValuesOfAPreparedLog_RawRowsScoreAsThePredictor(string name)
    {
        using var clicks = new PreparedClicks(rows: 300);
        using var data = clicks.Open();
        using var trained = Save(name, data);
        ModelExport.Write(trained, new OnnxFormat(), Values(clicks.Csv), Out).Difference.ShouldBeLessThan(1e-5);
        var inputs = ExportManifest.Load(Out).Inputs;
        inputs.Take(4).Select(input => input.RawType).ShouldBe([GraphType.Text, GraphType.Text, GraphType.Text, GraphType.Float64]);
        ShouldScoreAlike(trained, clicks.Later, "tags", "past");
        ModelExport.Verify(Out, new OnnxFormat()).ShouldBeLessThan(1e-5);
    }

    /// <summary>The Python sample scores such a graph too.</summary>
    [Fact]
    public void ScoreOnnx_GraphOfRawValues_AgreesWithTheGoldenRows()
    {
        var python = Tool.NumpyOrSkip();
        using var data = Prepare(Rules);
        using var trained = Save("deepfm", data);
        ModelExport.Write(trained, new OnnxFormat(), Values(Log) with { ExternalAbove = 0 }, Out);
        var (code, output) = Tool.Run(python, SharedData.Repository("samples/python/score_onnx.py"), Out);
        code.ShouldBe(0, output);
        double.Parse(output, CultureInfo.InvariantCulture).ShouldBeLessThan(1e-5);
    }

    /// <summary>Missing texts, values too rare, boundaries themselves, and Criteo's rule on both sides of 2.</summary>
    [Fact]
    public void Write_EveryRuleOfASchema_RawRowsScoreAsThePredictor()
    {
        using var data = Prepare(Rules);
        using var trained = Save("fm", data);
        ModelExport.Write(trained, new OnnxFormat(), Values(Log), Out);
        File.WriteAllText(folder.File("new.csv"), """
            user,price,views,tags
            u1,10,0,a|b
            u2,9.999999999999998,1,a
            rare,20.5,2,
            NA,30,2.5,b|zzz
            ,1e300,7,a
            ?,-5,8,NA|a
            nobody,NA,1000,a|?
            u3,,1e15,b
            u3,29.999999999999996,,b
            u1,20.499999999999996,-3,
            u1,-0,-0,a

            """);
        ShouldScoreAlike(trained, folder.File("new.csv"), "tags");
    }

    [Fact]
    public void Write_Ids_AreTakenWithTheirOffset()
    {
        File.WriteAllText(folder.File("fields.tsv"), "user\t0\t4\nitem\t5\t11\n");
        foreach (var split in (string[])["train", "valid", "test"]) File.WriteAllText(folder.File($"{split}.libfm"), string.Concat(Enumerable.Range(0, 60).Select(i => $"{i % 2} {i % 5}:1 {5 + (i % 7)}:1\n")));
        Preparation.Run(new PrepareOptions { Files = [folder.Path], Out = folder.File("data") });
        using var data = ClickData.Open(folder.File("data"));
        using var trained = Save("fm", data);
        ModelExport.Write(trained, new OnnxFormat(), Values(), Out);
        var golden = GoldenRows.Load(Path.Combine(Out, GoldenRows.Name));
        golden.Inputs[1].Texts!.Zip(golden.Inputs[1].Rows).ShouldAllBe(pair => long.Parse(pair.First[0], CultureInfo.InvariantCulture) == pair.Second[0] + 5);
    }

    [Fact]
    public void Write_NoFilesOrNotAll_RefusedWithTheFix()
    {
        using var data = Prepare(Rules);
        using var trained = Save("fm", data);
        Refused(trained, Values()).ShouldBe("the vocabulary keeps hashes of values, not their texts; name the files that the model's data was prepared from, as in --values-from clicks.csv");
        File.WriteAllText(folder.File("few.csv"), "user,price,views,tags\nu1,1,1,a\n");
        Refused(trained, Values(folder.File("few.csv"))).ShouldStartWith("the files give 1 of the 3 values of field 'user'; name all that");
        Refused(trained, Values(Log) with { Format = ExportFormat.Npz }).ShouldContain("of --format onnx alone");
        Refused(trained, Values(Log) with { Inputs = ExportInputs.Rows }).ShouldContain("add --inputs values");
        Directory.Exists(Out).ShouldBeFalse();
    }

    [Fact]
    public void Write_HashedField_Refused()
    {
        using var data = Prepare(Rules.Replace("{column: user, minCount: 2}", "{column: user, hash: 10}", StringComparison.Ordinal));
        using var trained = Save("fm", data);
        Refused(trained, Values(Log)).ShouldStartWith("the values of field 'user' are hashed, for which ONNX has no operator; export with --inputs rows");
    }

    private static ExportOptions Values(params string[] files) => new() { Inputs = ExportInputs.Values, ValuesFrom = files };

    private string Refused(TrainedModel trained, ExportOptions options) => Should.Throw<AutoDimException>(() => ModelExport.Write(trained, options.Format == ExportFormat.Onnx ? new OnnxFormat() : ArrayFormat.Npz, options, Out)).Message;

    private ClickData Prepare(string schema)
    {
        string[] users = ["u1", "u2", "u3", "NA", ""], tags = ["a|b", "b", "", "a", "NA"];
        File.WriteAllText(Log, "click,user,price,views,tags\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"{i * 7 % 3 % 2},{users[i % 5]},{i % 40},{(i % 9 == 0 ? "NA" : i * i % 50)},{tags[i % 4]}\n")) + "1,rare,1,1,a\n");
        File.WriteAllText(folder.File("schema.yaml"), schema);
        Preparation.Run(new PrepareOptions { Files = [Log], Schema = folder.File("schema.yaml"), Out = folder.File("data") });
        return ClickData.Open(folder.File("data"));
    }

    private TrainedModel Save(string name, ClickData data)
    {
        var plan = EmbeddingPlan.Uniform(data.Fields, 3);
        var options = Bench.SmallModel with { Hidden = [8, 4] };
        using var model = ModelCatalog.Find(name).Create(ModelContext.Planned(data.Fields, plan, options, 3, pool, packed: true));
        Bench.Shake(model);
        var place = folder.File("model");
        TrainedModel.Save(place, model, new ModelManifest { Model = name, Options = options, Fields = data.Fields, Dims = [.. data.Fields.Select(_ => 3)], Forms = plan.Forms, Data = data.Fingerprint }, RawMap.Of(data));
        return TrainedModel.Load(place, pool);
    }

    /// <summary>Scores a file's rows by the graph, their cells as they stand, and by the predictor.</summary>
    /// <param name="lists">Columns of any number of values, separated by a bar, of which the last ones count.</param>
    private void ShouldScoreAlike(TrainedModel trained, string path, params string[] lists)
    {
        var lines = File.ReadAllLines(path);
        var names = lines[0].Split(',');
        string[][] rows = [.. lines.Skip(1).Select(line => line.Split(','))];
        using var session = new InferenceSession(Path.Combine(Out, "model.onnx"));
        var inputs = session.InputMetadata.Keys.ToDictionary(name => name, name => Value([.. rows.Select(row => row[Array.IndexOf(names, name)])], lists.Contains(name), session.InputMetadata[name].ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Double));
        using var options = new RunOptions();
        using var outputs = session.Run(options, inputs, ["probability"]);
        var probabilities = outputs[0].GetTensorDataAsSpan<float>().ToArray();
        foreach (var value in inputs.Values) value.Dispose();
        using var predictor = Predictor.Load(trained.Folder);
        float[] expected = [.. predictor.PredictFile(path)];
        expected.Distinct().Count().ShouldBeGreaterThan(expected.Length / 3);
        probabilities.ShouldBe(expected, 1e-6);
    }

    private static OrtValue Value(string[] cells, bool isList, bool isNumber)
    {
        if (isNumber) return OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(cells, cell => cell is "" or "NA" ? double.NaN : double.Parse(cell, CultureInfo.InvariantCulture)), [cells.Length]);
        string[][] values = isList ? [.. cells.Select(cell => cell is "" or "NA" ? [] : cell.Split('|')[^Math.Min(MostValues, cell.Split('|').Length)..])] : [.. cells.Select(cell => (string[])[cell])];
        var width = values.Max(list => list.Length);
        var tensor = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, isList ? [cells.Length, width] : [cells.Length]);
        for (var i = 0; i < values.Length; i++)
        {
            for (var v = 0; v < values[i].Length; v++) tensor.StringTensorSetElementAt(values[i][v].AsSpan(), (i * width) + v);
        }

        return tensor;
    }
}
