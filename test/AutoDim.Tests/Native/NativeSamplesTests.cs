using System.Globalization;
using System.Runtime.Intrinsics;
using System.Text.RegularExpressions;
using AutoDim.Export;
using AutoDim.Numerics;
using AutoDim.Tests.Support;
using Parquet;
using Parquet.Schema;

namespace AutoDim.Tests.Native;

/// <summary>The published library from Python and C, by the samples and by scripts of the tests.</summary>
[Trait("Category", "Slow")]
public sealed class NativeSamplesTests(NativeLibrary library) : IClassFixture<NativeLibrary>, IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Samples_PythonTrainsAndScores_CScoresTheSame()
    {
        var output = Python(SharedData.Repository("samples/python/train_and_score.py"), folder.Path);
        var (full, slim) = (Of(output, "full: test AUC ([0-9.]+)"), Of(output, "slim: test AUC ([0-9.]+)"));
        full.ShouldBeGreaterThan(0.8);
        slim.ShouldBeGreaterThan(full - 0.05);
        output.ShouldMatch(@"'hour': 1\b"); // it means nothing
        output.ShouldContain("there is no model 'deepfn'");
        var program = folder.File("score");
        var (code, errors) = Tool.Run(Tool.CompilerOrSkip(), "-Wall", "-Werror", "-std=c99", "-I", SharedData.Repository("include"), SharedData.Repository("samples/c/score.c"), "-o", program, "-L", library.Folder, "-lautodim", $"-Wl,-rpath,{library.Folder}");
        code.ShouldBe(0, errors);
        var scored = Tool.Run(program, folder.File("slim"), "3", "5", "0");
        scored.Code.ShouldBe(0, scored.Output);
        double.Parse(scored.Output, CultureInfo.InvariantCulture).ShouldBe(Of(output, @"\[([0-9.]+) "), 1.01e-4);
        Tool.Run(program, folder.File("nothing"), "3", "5", "0").ShouldSatisfyAllConditions(failed => failed.Code.ShouldBe(2), failed => failed.Output.ShouldContain("holds no model"));
    }

    /// <summary>A whole run: its YAML, Arrow and JSON files are read and written, and read again by this, which is not natively compiled.</summary>
    [Fact]
    public void Run_FromPython_LeavesWhatTheLibraryReads()
    {
        using var clicks = new PreparedClicks();
        var output = Python("-c", """
            import sys, autodim
            data, out, later = sys.argv[1:]
            options = dict(model="deepfm", hidden=[8], epochs=2, batch_size=128, search_candidates=[1, 4], search_epochs=2, table_l2=1e-4, threads=1)
            try:
                autodim.run(data, out, progress=lambda event: 1 / 0 if event["event"] == "epoch" else None, **options)
            except ZeroDivisionError:
                print("stopped by the callback's own exception")
            import os, signal
            try:
                autodim.run(data, out, progress=lambda event: os.kill(os.getpid(), signal.SIGINT) if event["event"] == "epoch" else None, **options)
            except KeyboardInterrupt:
                print("stopped by Ctrl-C")
            result = autodim.run(data, out, **options)  # goes on
            print(f"ratio {result['ratio']}")
            lines = [line.rstrip("\n").split(",") for line in open(later)]
            for probability in autodim.load(out).predict(dict(zip(lines[0], zip(*lines[1:])))): print(f"p {probability:.9g}")
            """, clicks.Folder, folder.File("run"), clicks.Later);
        output.ShouldContain("stopped by the callback's own exception");
        output.ShouldContain("stopped by Ctrl-C");
        Of(output, "ratio ([0-9.]+)").ShouldBeGreaterThanOrEqualTo(1);
        using var predictor = Predictor.Load(folder.File("run"));
        var predicted = Regex.Matches(output, "^p (.*)$", RegexOptions.Multiline).Select(match => float.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToArray();
        predicted.ShouldBe([.. predictor.PredictFile(clicks.Later)], 1e-6);
        CommandLine.Run("run", folder.File("run/run.yaml"), "--out", folder.File("run"), "--quiet").ShouldSatisfyAllConditions(again => again.ExitCode.ShouldBe(0, again.Errors));
    }

    /// <summary>What a column may hold, and a Parquet file, which its library reads with the parts that survive native compiling.</summary>
    [Fact]
    public async Task Prepare_FromPython_ReadsArraysFramesAndParquet()
    {
        var (user, click) = (new DataField<string>("user"), new DataField<int>("click"));
        await using (var stream = File.Create(folder.File("log.parquet")))
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(user, click), stream, cancellationToken: TestContext.Current.CancellationToken))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(user, Enumerable.Range(0, 100).Select(i => $"u{i % 7}").ToArray());
            await group.WriteAsync<int>(click, Enumerable.Range(0, 100).Select(i => i % 2).ToArray(), cancellationToken: TestContext.Current.CancellationToken);
        }

        Python("-c", """
            import sys, autodim, numpy
            out = sys.argv[1]
            parquet = autodim.prepare(f"{out}/log.parquet", f"{out}/a", schema={"label": {"column": "click"}, "fields": [{"column": "user"}]})
            same = autodim.prepare({"user": [f"u{i % 7}" for i in range(100)], "click": numpy.arange(100) % 2 == 1}, f"{out}/b", schema={"label": {"column": "click"}, "fields": [{"column": "user"}]})
            assert parquet["fingerprint"] == same["fingerprint"]

            from autodim._columns import _texts
            texts = lambda values: _texts("c", values)
            assert texts([1, 2]) == texts(numpy.float32([1, 2])) == texts(["1", "2"]) == texts(numpy.array([1, 2], "u1")) == texts([b"1", 2.0]) == [b"1", b"2"]
            assert texts(numpy.float32([0.1, numpy.nan])) == [b"0.1", None] and texts([None, "é", True]) == [None, "é".encode(), b"1"]
            assert texts(numpy.array(["2024-05-01T10:00", "NaT"], "M8[m]")) == [b"2024-05-01T10:00", None]
            for wrong in ([["a"], None], [[1, 2], [3, 4]], ["a\0b"]):
                try: texts(wrong)
                except (TypeError, ValueError): continue
                assert False, wrong
            try: autodim.prepare({"user": ["a"], "click": [1, 0]}, f"{out}/c", label="click")
            except ValueError as error: assert "differ" in str(error)
            else: assert False
            """, folder.Path);
    }

    [Fact]
    public void Import_NoLibrary_SaysHowToBuildIt()
    {
        var python = Tool.NumpyOrSkip();
        var (code, output) = Tool.Run(python, new Dictionary<string, string> { ["PYTHONPATH"] = SharedData.Repository("python"), ["AUTODIM_LIBRARY"] = "/nowhere/libautodim.so" }, "-B", "-c", "import autodim; autodim.version()");
        code.ShouldBe(1);
        output.ShouldContain("native library is not at /nowhere/libautodim.so");
        output.ShouldContain("dotnet publish src/AutoDim.Native -c Release");
    }

    public void Dispose() => folder.Dispose();

    private static double Of(string output, string pattern)
    {
        var match = Regex.Match(output, pattern);
        match.Success.ShouldBeTrue(output);
        return double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private string Python(params string[] arguments)
    {
        var python = Tool.NumpyOrSkip();
        var environment = new Dictionary<string, string> { ["PYTHONPATH"] = SharedData.Repository("python"), ["AUTODIM_LIBRARY"] = Path.Combine(library.Folder, "libautodim.so") };
        if (Vector256.IsHardwareAccelerated) environment[InstructionSets.Variable] = nameof(InstructionSet.Vector256); // refused by a library that was compiled without
        var (code, output) = Tool.Run(python, environment, ["-B", .. arguments]);
        code.ShouldBe(0, output);
        return output;
    }
}
