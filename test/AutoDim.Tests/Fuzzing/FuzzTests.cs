using System.Diagnostics;
using System.Runtime.ExceptionServices;
using AutoDim.Data;
using AutoDim.Numerics;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Fuzzing;

/// <summary>
/// Every reader with thousands of damaged inputs: it reads them or refuses them with the file's name and a fix; it neither fails otherwise, nor
/// hangs, nor takes more memory than stated. An input that it failed with is kept in Fuzzing/Corpus and tried ever after. AUTODIM_FUZZ_CASES
/// tries more than usual, AUTODIM_FUZZ_SEED others.
/// </summary>
[Collection(nameof(Alone))]
public sealed class FuzzTests(FuzzedReaders readers) : IClassFixture<FuzzedReaders>, IDisposable
{
    private const int UsualCases = 200;
    private const int MostFailures = 3;
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();

    private static string Corpus => SharedData.Repository("test/AutoDim.Tests/Fuzzing/Corpus");

    public static TheoryData<string> Names => [.. FuzzedReaders.Names];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_GoodInputs_Taken(string name)
    {
        var reader = readers.Find(name);
        foreach (var (i, seed) in reader.Seeds.Index())
        {
            Read(reader, seed).ShouldBeNull(name);
            if (Environment.GetEnvironmentVariable("AUTODIM_FUZZ_SEEDS") is { } place) File.WriteAllBytes(Path.Combine(place, $"{name}~{i}"), seed); // for eng/fuzz/run.sh
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_ChangedInputs_TakenOrRefused(string name)
    {
        var reader = readers.Find(name);
        var random = new CounterRandom(Number("AUTODIM_FUZZ_SEED", 1), 0xF022).Fork(System.IO.Hashing.XxHash3.HashToUInt64(System.Text.Encoding.UTF8.GetBytes(name)));
        var mutation = new Mutation(random);
        var cases = (long)Number("AUTODIM_FUZZ_CASES", UsualCases);
        var refused = 0;
        List<string> failures = [];
        for (var i = 0L; i < cases; i++)
        {
            var changed = mutation.Of(reader.Seeds[(int)(i % reader.Seeds.Count)]);
            if (reader.Repair != null && i % 4 != 0) changed = Repaired(reader, changed);
            try
            {
                if (Try(reader, changed) != null) refused++;
            }
            catch (InvalidOperationException exception)
            {
                failures.Add(exception.ToString());
                if (failures.Count == MostFailures) break;
            }
        }

        failures.ShouldBeEmpty();
        if (cases >= UsualCases) refused.ShouldBeGreaterThan(0, "no change was noticed at all");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_FoundBefore_TakenOrRefused(string name)
    {
        var reader = readers.Find(name);
        var place = Path.Combine(Corpus, name);
        if (!Directory.Exists(place)) return;
        foreach (var file in Directory.GetFiles(place)) Try(reader, File.ReadAllBytes(file), file);
    }

    private static ulong Number(string variable, ulong usual) => ulong.TryParse(Environment.GetEnvironmentVariable(variable), out var number) ? number : usual;

    private static byte[] Repaired(FuzzedReader reader, byte[] changed)
    {
        try
        {
            return reader.Repair!(changed);
        }
        catch (Exception)
        {
            return changed; // nothing that could have a checksum
        }
    }

    /// <summary>Reads an input; what it was refused for. Whatever else happens is an error of the reader, and the input is kept.</summary>
    private string? Try(FuzzedReader reader, byte[] input, string? from = null)
    {
        try
        {
            var (before, held) = (GC.GetTotalAllocatedBytes(), MemoryUse.Held);
            var problem = Read(reader, input);
            var taken = GC.GetTotalAllocatedBytes() - before + Math.Max(0, MemoryUse.Held - held);
            taken.ShouldBeLessThan(FuzzedReader.MostMemory(input.Length), "memory");
            return problem;
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"reader '{reader.Name}' fails with {from ?? Keep(reader, input)}: {exception.Message}", exception);
        }
    }

    private string? Read(FuzzedReader reader, byte[] input)
    {
        var path = folder.File(reader.FileName);
        File.WriteAllBytes(path, input);
        string? problem = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                problem = reader.Read(path);
            }
            catch (AutoDimException exception)
            {
                problem = exception.Message;
                if (!problem.Contains(reader.FileName, StringComparison.Ordinal) && !problem.Contains(folder.Path, StringComparison.Ordinal)) failure = new InvalidOperationException($"the refusal does not name the file: {problem}");
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.IsBackground = true;
        thread.Start();
        if (!thread.Join(Hang)) throw new TimeoutException($"it reads for more than {Hang.TotalSeconds} seconds");
        if (failure != null) ExceptionDispatchInfo.Throw(failure);
        return problem;
    }

    private static string Keep(FuzzedReader reader, byte[] input)
    {
        var place = Path.Combine(Corpus, reader.Name);
        Directory.CreateDirectory(place);
        var path = Path.Combine(place, System.IO.Hashing.XxHash3.HashToUInt64(input).ToString("x16"));
        File.WriteAllBytes(path, input);
        return path;
    }
}
