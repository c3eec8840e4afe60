using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using AutoDim.Export;
using AutoDim.Native;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Native;

/// <summary>The exported functions, called through pointers as a C program calls them, without compiling them natively.</summary>
public sealed unsafe class ExportsTests : IDisposable
{
    private const string Quick = """ "model": "deepfm", "hidden": [8], "epochs": 2, "batch-size": 128, "learning-rate": 0.01, "threads": 1 """;

    private static readonly List<string> Events = [];

    private readonly PreparedClicks clicks = new(rows: 300);
    private readonly TemporaryFolder folder = new();
    private readonly List<nint> texts = [];

    [Fact]
    public void Predict_ColumnsOfALog_AsPredictFile()
    {
        Train(folder.File("run")).Status.ShouldBe(0, LastError());
        var model = Load(folder.File("run"));
        using var predictor = Predictor.Load(folder.File("run"));
        Predict(model, Columns(clicks.Later)).ShouldBe([.. predictor.PredictFile(clicks.Later)]);
        byte* described;
        ((delegate* unmanaged<nint, byte**, int>)&Exports.Describe)(model, &described).ShouldBe(0);
        JsonNode.Parse(Text(described))!["model"]!.GetValue<string>().ShouldBe("deepfm");
        Free(model);
    }

    [Fact]
    public void Predict_ColumnMissing_SaysWhich()
    {
        Train(folder.File("run")).Status.ShouldBe(0, LastError());
        var model = Load(folder.File("run"));
        var columns = Columns(clicks.Later);
        columns.Remove("item");
        Should.Throw<InvalidOperationException>(() => Predict(model, columns)).Message.ShouldBe("2: there is no column 'item' for the model's field of that name; there are click, user, tags, price, past");
        columns["item"] = [.. columns["user"].Select(_ => (string?)"i1")];
        columns["price"][7] = "dear";
        Should.Throw<InvalidOperationException>(() => Predict(model, columns)).Message.ShouldStartWith("2: row 7, field 'price': 'dear' is not a number");
        columns["price"][7] = null; // missing, as in the log
        Predict(model, columns).ShouldAllBe(probability => probability > 0 && probability < 1);
        Free(model);
    }

    [Fact]
    public void Load_NoModel_StatusAndError()
    {
        nint model = 1;
        ((delegate* unmanaged<byte*, int, nint*, int>)&Exports.Load)(Utf8(folder.Path), 1, &model).ShouldBe(2);
        model.ShouldBe(0);
        LastError().ShouldContain("holds no model");
        ((delegate* unmanaged<byte*, int, nint*, int>)&Exports.Load)(null, 1, &model).ShouldBe(2);
        LastError().ShouldBe("folder is NULL, expected a text");
        Free(0);
    }

    [Fact]
    public void Prepare_Columns_AsTheSameRowsFromAFile()
    {
        var columns = Columns(clicks.Csv);
        var schema = """{"label": {"column": "click"}, "fields": [{"column": "user"}, {"column": "item"}, {"column": "tags", "kind": "multi", "separator": "|"}, {"column": "price", "kind": "numeric", "count": 8}]}""";
        var fromColumns = Prepare("columns", $$"""{"schema": {{schema}}}""", columns);
        var fromFile = Prepare("file", $$"""{"schema": {{schema}}, "files": ["{{clicks.Csv}}"]}""", []);
        fromColumns["fingerprint"]!.GetValue<string>().ShouldBe(fromFile["fingerprint"]!.GetValue<string>());
        fromColumns["splits"]![0]!["rows"]!.GetValue<int>().ShouldBeGreaterThan(200);
        Should.Throw<InvalidOperationException>(() => Prepare("columns", $$"""{"schema": {{schema}}}""", columns)).Message.ShouldContain("already holds prepared data");
        Should.Throw<InvalidOperationException>(() => Prepare("other", """{"lable": "click"}""", columns)).Message.ShouldContain("there is no option 'lable'");
        Prepare("guessed", """{"label": "click"}""", columns)["fields"]!.AsArray().Select(field => field!["name"]!.GetValue<string>()).ShouldBe(["user", "item", "tags", "price", "past"]);
    }

    [Fact]
    public void Train_StoppedByProgress_GoesOnToTheSameResult()
    {
        var (status, _) = Job("train", folder.File("stopped"), $$"""{{{Quick}}}""", &StopAtTheFirstStep);
        (status, LastError()).ShouldBe((130, "stopped; what was done is kept, the same call with the same folder goes on from there"));
        var resumed = Train(folder.File("stopped"));
        var whole = Train(folder.File("whole"));
        RunRecords.Timeless(resumed.Result).ShouldBe(RunRecords.Timeless(whole.Result));
        File.ReadAllText(folder.File("whole/result.json")).ShouldBe(whole.Result);
    }

    [Fact]
    public void Search_Plan_TrainsAModelOfItsDimensions()
    {
        Events.Clear();
        var (status, plan) = Job("search", folder.File("search"), $$"""{{{Quick}}, "search-candidates": [1, 2, 4]}""", &Collect);
        status.ShouldBe(0, LastError());
        plan.ShouldBe(File.ReadAllText(folder.File("search/plan.json")));
        var kinds = Events.Select(text => JsonNode.Parse(text)!["event"]!.GetValue<string>()).ToArray();
        kinds[0].ShouldBe("stage");
        kinds.ShouldContain("step");
        kinds.ShouldContain("measured");
        var dims = JsonNode.Parse(plan)!["fields"]!.AsArray().Select(field => field!["dim"]!.GetValue<int>());
        var trained = Job("train", folder.File("slim"), $$"""{{{Quick}}, "plan": "{{folder.File("search/plan.json")}}"}""", null);
        JsonNode.Parse(trained.Result)!["valid"]!["dims"]!.AsArray().Select(dim => dim!.GetValue<int>()).ShouldBe(dims);
    }

    [Theory]
    [InlineData("""{"modle": "fm"}""", "options: there is no setting 'modle'; did you mean model; it knows model, ")]
    [InlineData("""{"epochs": 0}""", "options: epochs is '0', expected a whole number from 1 to ")]
    [InlineData("""{"threads": -1}""", "options: threads is '-1', expected 0 to 1024")]
    [InlineData("""{"hidden": [8, {}]}""", "options: hidden is {}, expected ")]
    [InlineData("[1]", "options are no JSON object")]
    [InlineData("{", "options are no JSON: ")]
    public void Train_WrongOptions_SaysWhichAndWhatWasExpected(string options, string problem)
    {
        var (status, _) = Job("train", folder.File("wrong"), options, null);
        status.ShouldBe(2);
        LastError().ShouldStartWith(problem);
    }

    [Fact]
    public void Version_IsTheLibrarys() => Text(((delegate* unmanaged<byte*>)&Exports.Version)()).ShouldBe(typeof(Predictor).Assembly.GetName().Version!.ToString(3));

    public void Dispose()
    {
        foreach (var text in texts) Marshal.FreeCoTaskMem(text);
        folder.Dispose();
        clicks.Dispose();
    }

    [UnmanagedCallersOnly]
    private static int StopAtTheFirstStep(byte* told, void* context) => Text(told).Contains("\"step\"", StringComparison.Ordinal) ? 1 : 0;

    [UnmanagedCallersOnly]
    private static int Collect(byte* told, void* context)
    {
        Events.Add(Text(told));
        return 0;
    }

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text)!;

    private static string LastError() => Text(((delegate* unmanaged<byte*>)&Exports.LastError)());

    private static void Free(nint model) => ((delegate* unmanaged<nint, void>)&Exports.Free)(model);

    /// <summary>The columns of a CSV file without quotes.</summary>
    private static Dictionary<string, string?[]> Columns(string csv)
    {
        var lines = File.ReadAllLines(csv).Select(line => line.Split(',')).ToArray();
        return Enumerable.Range(0, lines[0].Length).ToDictionary(c => lines[0][c], c => lines.Skip(1).Select(line => (string?)line[c]).ToArray());
    }

    private byte* Utf8(string? text)
    {
        var address = Marshal.StringToCoTaskMemUTF8(text);
        texts.Add(address);
        return (byte*)address;
    }

    private nint Load(string path)
    {
        nint model;
        ((delegate* unmanaged<byte*, int, nint*, int>)&Exports.Load)(Utf8(path), 1, &model).ShouldBe(0, LastError());
        return model;
    }

    private (int Status, string Result) Train(string path) => Job("train", path, $$"""{{{Quick}}}""", null);

    private (int Status, string Result) Job(string job, string path, string options, delegate* unmanaged<byte*, void*, int> progress)
    {
        byte* result;
        delegate* unmanaged<byte*, byte*, byte*, delegate* unmanaged<byte*, void*, int>, void*, byte**, int> call = job == "search" ? &Exports.Search : &Exports.Train;
        var status = call(Utf8(clicks.Folder), Utf8(path), Utf8(options), progress, null, &result);
        return (status, result == null ? "" : Text(result));
    }

    private JsonNode Prepare(string name, string options, Dictionary<string, string?[]> columns)
    {
        byte* result;
        var call = (delegate* unmanaged<byte*, byte*, RawColumnPointers*, nuint, nuint, delegate* unmanaged<byte*, void*, int>, void*, byte**, int>)&Exports.Prepare;
        fixed (RawColumnPointers* table = Table(columns))
        {
            var status = call(Utf8(folder.File(name)), Utf8(options), table, (nuint)columns.Count, (nuint)(columns.Values.FirstOrDefault()?.Length ?? 0), null, null, &result);
            return status == 0 ? JsonNode.Parse(Text(result))! : throw new InvalidOperationException($"{status}: {LastError()}");
        }
    }

    private float[] Predict(nint model, Dictionary<string, string?[]> columns)
    {
        var probabilities = new float[columns["user"].Length];
        fixed (RawColumnPointers* table = Table(columns))
        fixed (float* target = probabilities)
        {
            var status = ((delegate* unmanaged<nint, RawColumnPointers*, nuint, nuint, float*, int>)&Exports.Predict)(model, table, (nuint)columns.Count, (nuint)probabilities.Length, target);
            return status == 0 ? probabilities : throw new InvalidOperationException($"{status}: {LastError()}");
        }
    }

    private RawColumnPointers[] Table(Dictionary<string, string?[]> columns) => [.. columns.Select(column =>
    {
        var values = (byte**)Marshal.AllocCoTaskMem(column.Value.Length * sizeof(byte*));
        texts.Add((nint)values);
        for (var row = 0; row < column.Value.Length; row++) values[row] = Utf8(column.Value[row]);
        return new RawColumnPointers { Name = Utf8(column.Key), Values = values };
    })];
}
