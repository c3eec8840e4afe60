using System.Runtime.InteropServices;
using AutoDim.Data;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Numerics;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Training;

/// <summary>Checkpoints of tables that are spread over ranks: a part of each rank, and a file that names them.</summary>
public sealed class CheckpointTests : IDisposable
{
    private const int RareUsers = 500;

    private static readonly int[] Dims = [3, 5, 2, 1];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private Checkpoint Place => new RunFolder(folder.Path).Checkpoint("train");

    private string[] Parts => Directory.GetFiles(Path.GetDirectoryName(Place.Path)!, "train.rank-*");

    public static TheoryData<OptimizerKind, bool> Optimizers()
    {
        var cases = new TheoryData<OptimizerKind, bool>();
        foreach (var kind in Enum.GetValues<OptimizerKind>())
        {
            cases.Add(kind, true);
            cases.Add(kind, false);
        }

        return cases;
    }

    /// <summary>Every number and every step of every table's state, to the bit, whoever wrote it and whoever reads it; three ranks have more than a table's two rows.</summary>
    [Theory, MemberData(nameof(Optimizers))]
    public void Read_ByAnyNumberOfRanks_SameBits(OptimizerKind kind, bool isDense)
    {
        foreach (var writers in (int[])[1, 2, 3])
        {
            var expected = ThreadRanks.Run(writers, ranks =>
            {
                using var bench = New(ranks, kind, isDense);
                Step(bench, ranks, 3);
                Place.Write(LearnerState.All(bench.Learner), new Dictionary<string, string> { ["writers"] = $"{writers}" });
                return Whole(bench);
            }, replicatedBytes: 0)[0];
            Parts.Length.ShouldBe(writers == 1 ? 0 : writers);
            foreach (var (readers, replicated) in ((int, long)[])[(1, 0), (2, 0), (3, 0), (2, Ranks.DefaultReplicatedBytes)])
            {
                var read = ThreadRanks.Run(readers, ranks =>
                {
                    using var bench = New(ranks, kind, isDense, seed: 8);
                    Place.Read(LearnerState.All(bench.Learner))["writers"].ShouldBe($"{writers}");
                    return Whole(bench);
                }, replicated)[0];
                read.Keys.ShouldBe(expected.Keys);
                foreach (var (name, bytes) in expected) read[name].ShouldBe(bytes, $"{name}, written by {writers}, read by {readers}");
            }
        }
    }

    [Fact]
    public void Write_OneProcess_FileOfBefore()
    {
        using var bench = New(Ranks.One, OptimizerKind.Adam, isDense: false);
        var metadata = new Dictionary<string, string> { ["step"] = "1" };
        Place.Write(LearnerState.All(bench.Learner), metadata);
        TensorFile.Write(folder.File("plain"), LearnerState.All(bench.Learner), metadata);
        File.ReadAllBytes(Place.Path).ShouldBe(File.ReadAllBytes(folder.File("plain")));
        Directory.GetFiles(Path.GetDirectoryName(Place.Path)!).ShouldHaveSingleItem();
    }

    /// <summary>What a rank sends while it writes are a checksum to name its part by and its wish to go on; rows go to its own file alone.</summary>
    [Fact]
    public void Write_SpreadTables_NoRankGetsAnothersRows()
    {
        var sent = ThreadRanks.Run(2, ranks =>
        {
            using var bench = New(ranks, OptimizerKind.Adam, isDense: false, rareUsers: 20_000);
            var (before, summed) = (ranks.Traffic.SentBytes, ranks.Traffic.SummedBytes);
            Place.Write(LearnerState.All(bench.Learner), new Dictionary<string, string>());
            return (Sent: ranks.Traffic.SentBytes - before + ranks.Traffic.SummedBytes - summed, Own: LearnerState.All(bench.Learner).Where(array => array.Share != null).Sum(array => array.OwnBytes));
        }, replicatedBytes: 0);
        foreach (var (bytes, own) in sent)
        {
            bytes.ShouldBeLessThan(100);
            own.ShouldBeGreaterThan(500_000);
        }

        var heads = Parts.Sum(TensorFile.HeadBytes);
        Parts.Sum(part => new FileInfo(part).Length).ShouldBe(sent.Sum(rank => rank.Own) + heads);
        new FileInfo(Place.Path).Length.ShouldBeLessThan(20_000);
    }

    public static TheoryData<int, int> Steps() => new() { { 1, 7 }, { 7, 13 }, { 13, 14 }, { 17, 2 } };

    /// <summary>Stopped twice, in the middle and at the end of epochs; where their number stays the same, ranks come to the same bits, and else to the same within rounding.</summary>
    [Theory, MemberData(nameof(Steps))]
    public void Fit_StoppedAndGoneOnByOthers_AsUninterrupted(int first, int second)
    {
        var expected = Fit("whole", 2, int.MaxValue);
        foreach (var (start, middle, end) in ((int, int, int)[])[(2, 2, 2), (2, 1, 3), (1, 3, 2), (3, 2, 1)])
        {
            var name = $"{start}-{middle}-{end}";
            Should.Throw<OperationCanceledException>(() => Fit(name, start, first));
            Should.Throw<OperationCanceledException>(() => Fit(name, middle, second));
            var weights = Fit(name, end, int.MaxValue);
            foreach (var (array, bytes) in expected)
            {
                if (name == "2-2-2") weights[array].ShouldBe(bytes, array);
                var got = MemoryMarshal.Cast<byte, Real>(weights[array]);
                var wanted = MemoryMarshal.Cast<byte, Real>(bytes);
                for (var i = 0; i < wanted.Length; i++) ((double)got[i]).ShouldBe(wanted[i], 2e-3, $"{name}: {array}[{i}]");
            }
        }
    }

    /// <summary>
    /// Whatever was on disk at any point of any rank's writing: the checkpoint of before or the new one is read, by one process and by two ranks, which
    /// go on to the files of an undisturbed training, with no part left that no checkpoint names.
    /// </summary>
    [Fact]
    public void Fit_KilledAtAnyPointOfAWrite_GoesOnToTheSameFiles()
    {
        List<string> copies = [];
        var writing = new Lock();
        AtomicFile.Watcher.Value = point =>
        {
            lock (writing)
            {
                copies.Add(folder.File($"{copies.Count}-{point}"));
                FolderContents.Copy(folder.File("run"), copies[^1]);
            }
        };
        Should.Throw<OperationCanceledException>(() => Fit("run", 2, 7));
        Fit("run", 2, int.MaxValue);
        AtomicFile.Watcher.Value = null;
        var expected = FolderContents.Of(folder.File("run"));
        copies.Count.ShouldBeGreaterThan(3 * 2 * 4);
        copies.Any(copy => Named(copy).Length < Directory.GetFiles(copy, "*.rank-*.safetensors", SearchOption.AllDirectories).Length).ShouldBeTrue(); // parts of a checkpoint that is not there yet
        foreach (var copy in copies)
        {
            using (new RunFolder(copy, isLocked: true)) Directory.GetFiles(copy, "*.rank-*", SearchOption.AllDirectories).Select(Path.GetFileName).ShouldBe(Named(copy), ignoreOrder: true, copy);
            FolderContents.Copy(copy, $"{copy}-one");
            if (File.Exists(Path.Combine(copy, "checkpoint", "train.safetensors"))) Fit($"{Path.GetFileName(copy)}-one", 1, 1, throws: true);
            Fit(Path.GetFileName(copy), 2, int.MaxValue);
            FolderContents.ShouldBeSame(copy, expected, copy);
        }

        static string[] Named(string run) => [.. Directory.GetFiles(run, "*.safetensors", SearchOption.AllDirectories).SelectMany(file => TensorFile.ReadMetadata(file).GetValueOrDefault("parts", "").Split('/', StringSplitOptions.RemoveEmptyEntries)).Distinct()];
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Read_PartDamagedMissingOrAnothers_NamesFileAndRank(int readers)
    {
        Fit("", 2, 7, throws: true);
        var second = Parts.Single(part => part.Contains("rank-1-of-2", StringComparison.Ordinal));
        var bytes = File.ReadAllBytes(second);
        byte[] damaged = [.. bytes];
        damaged[^3] ^= 4;
        File.WriteAllBytes(second, damaged);
        ShouldBeRefused("is damaged or truncated");
        File.WriteAllBytes(second, bytes[..^100]);
        ShouldBeRefused("is damaged or truncated");
        File.Delete(second);
        ShouldBeRefused("cannot read");
        File.WriteAllBytes(second, bytes);

        // Whole, but of another time: its name tells.
        Fit("", 2, 1, throws: true);
        second = Parts.Single(part => part.Contains("rank-1-of-2", StringComparison.Ordinal));
        File.WriteAllBytes(second, bytes);
        ShouldBeRefused("is not the part that was written under this name");

        void ShouldBeRefused(string what)
        {
            var message = Should.Throw<AutoDimException>(() => Fit("", readers, int.MaxValue)).Message;
            message.ShouldContain(what);
            message.ShouldContain(second);
            message.ShouldContain("the rows of rank 1 of the 2 that wrote the checkpoint");
        }
    }

    private static void Step(Bench bench, Ranks ranks, int steps)
    {
        using var data = Toy.Clicks(rareUsers: RareUsers);
        var sampler = new BatchSampler(data.Train, Bench.SmallTraining.BatchSize, 5, ranks);
        for (var step = 0; step < steps; step++)
        {
            sampler.Next(bench.Learner.Input.Batch);
            bench.Learner.Step();
        }
    }

    private Dictionary<string, byte[]> Fit(string name, int count, int steps, bool throws = false)
    {
        try
        {
            return ThreadRanks.Run(count, ranks =>
            {
                using var data = Toy.Clicks(rareUsers: RareUsers);
                using var bench = New(ranks, OptimizerKind.Adagrad, isDense: false);
                using var cancellation = new CancellationTokenSource();
                var made = 0;
                new Trainer(bench.Learner, data, new RunFolder(Path.Combine(folder.Path, name)))
                {
                    OnStep = _ =>
                    {
                        if (++made == steps) cancellation.Cancel();
                    },
                }.Fit(cancellation.Token);
                return Whole(bench, weightsOnly: true);
            }, replicatedBytes: 0)[0];
        }
        catch (OperationCanceledException) when (throws)
        {
            return [];
        }
    }

    private static Bench New(Ranks ranks, OptimizerKind kind, bool isDense, ulong seed = 7, int rareUsers = RareUsers)
        => new("deepfm", Dims, training: Bench.SmallTraining with { Epochs = 3, DenseOptimizer = OptimizerKind.Sgd, Tables = new() { Kind = kind, LearningRate = 0.01, L2 = 0.01, Dense = isDense } }, seed: seed, ranks: ranks, fields: [SmallData.Fields[0] with { Rows = SmallData.Fields[0].Rows + rareUsers }, .. SmallData.Fields[1..]]);

    /// <summary>Every array as one process has it; on the first rank.</summary>
    private static Dictionary<string, byte[]> Whole(Bench bench, bool weightsOnly = false)
    {
        var whole = new Dictionary<string, byte[]>();
        foreach (var array in weightsOnly ? LearnerState.Weights(bench.Model) : LearnerState.All(bench.Learner))
        {
            List<byte> bytes = [];
            array.ForEachChunk(chunk => bytes.AddRange(chunk));
            whole[array.Name] = [.. bytes];
        }

        return whole;
    }
}
