using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Runs;

/// <summary>
/// Planted: a click follows the product of the hidden vectors of a user and an item, of six coordinates each; the shop tells nothing. Later the shop takes
/// the user's place: its nature has changed.
/// </summary>
public sealed class WarmSearchTests : IDisposable
{
    private const int Values = 40, Rank = 6;

    private readonly TemporaryFolder folder = new();
    private readonly WorkerPool pool = new(2);

    public void Dispose()
    {
        pool.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Search_FromAnOldOne_KeepsDimensionsUntilAFieldChanges()
    {
        var first = Search("first", Log(1, "user"), new SearchJobOptions(), out _);
        first["user"].ShouldBe(8);
        first["item"].ShouldBe(8);
        first["shop"].ShouldBe(1);

        Search("same", Log(2, "user"), From("first"), out var notes).ShouldBe(first);
        notes.ShouldContain("3 of 3 fields keep their dimension");

        var changed = Search("changed", Log(3, "shop"), From("first"), out notes);
        changed["item"].ShouldBe(8);
        changed["shop"].ShouldBe(8);
        notes.ShouldContain(note => note.StartsWith("shop: 1 → 8, +0.", StringComparison.Ordinal));

        Search("stubborn", Log(3, "shop"), From("first") with { Keep = 1 }, out _).ShouldBe(first);
    }

    [Fact]
    public void Search_FromAPlanWithoutPreferences_KeepsItsDimensionsAndSaysSo()
    {
        var plan = PlanFile.Of(EmbeddingPlan.Of(Fields, [8, 8, 1]), "hand", "");
        Directory.CreateDirectory(folder.File("by-hand"));
        plan.Save(folder.File("by-hand/plan.json"));
        Search("again", Log(2, "user"), From("by-hand"), out var notes).Values.ShouldBe([8, 8, 1]);
        notes.ShouldContain("no old preferences, so these start with none: user, item, shop");
    }

    [Fact]
    public void Search_FromNoPlan_SaysWhatToGive()
        => Should.Throw<AutoDimException>(() => Search("none", Log(1, "user"), From("nothing"), out _)).Message.ShouldContain("which holds no plan.json and no model; give the folder of a run, a search or a model");

    private static Field[] Fields => [new("user", Values), new("item", Values), new("shop", Values)];

    private SearchJobOptions From(string name) => new() { From = folder.File(name) };

    private Dictionary<string, int> Search(string name, ClickData data, SearchJobOptions options, out List<string> notes)
    {
        options = options with
        {
            Run = new RunOptions
            {
                Model = "fm",
                Training = new TrainingOptions { BatchSize = 256 },
                Search = new AutoDimOptions { Candidates = [1, 8], Epochs = 24 },
            },
        };
        using var place = new RunFolder(folder.File(name));
        using (data)
        {
            var observer = new Notes();
            var plan = new SearchJob(data, options, place, pool, observer).Execute(TestContext.Current.CancellationToken);
            notes = observer.Texts;
            return plan.Fields.ToDictionary(field => field.Field, field => field.Dim);
        }
    }

    /// <param name="partner">The field whose vectors meet the item's.</param>
    private static ClickData Log(ulong seed, string partner) => new("planted", Fields, Split(seed, partner, 8000), Split(seed + 100, partner, 3000), Split(seed + 200, partner, 500), $"planted-{seed}-{partner}");

    private static MemorySplit Split(ulong seed, string partner, int samples)
    {
        CounterRandom draws = new(seed, 31), hidden = new(7, 32); // the truth is the same for every seed
        var rows = Fields.Select(_ => new long[samples]).ToArray();
        var labels = new float[samples];
        var (left, right) = (partner == "user" ? 0 : 2, 1);
        for (var i = 0; i < samples; i++)
        {
            for (var m = 0; m < rows.Length; m++) rows[m][i] = draws.Below((i * 4L) + m, Values);
            var logit = 0.0;
            for (var c = 0; c < Rank; c++) logit += hidden.Fork(1).Normal((rows[left][i] * Rank) + c) * hidden.Fork(2).Normal((rows[right][i] * Rank) + c);
            labels[i] = draws.Uniform((i * 4L) + 3) < 1 / (1 + Math.Exp(-1.5 * logit)) ? 1 : 0;
        }

        return new MemorySplit(labels, rows);
    }
}
