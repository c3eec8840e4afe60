using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Evaluation;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Embeddings.Forms;

public sealed class RowFormTests
{
    [Theory, InlineData("hash:7"), InlineData("sparse:5:3:4:77"), InlineData("qr:30"), InlineData("robe:600:8"), InlineData("tt:4"), InlineData("dpq:4:16"), InlineData("dpqsx:8:256"), InlineData("mgqe:8:256:64"), InlineData("rounded:2"), InlineData("rounded:3"), InlineData("stored:16"), InlineData("prefix:77:5:8:20:2"), InlineData("rounded-prefix:4:77:5:8:20:2"), InlineData("mixed-prefix:77:5:8:4:20:2:2")]
    public void Parse_ItsOwnText_IsTheForm(string text) => RowForm.Parse(text).Text.ShouldBe(text);

    [Theory, InlineData(""), InlineData("hash"), InlineData("hash:0"), InlineData("hash:-2"), InlineData("hash:1:2"), InlineData("robe:5"), InlineData("tt:0"), InlineData("dpq:4:257"), InlineData("dpq:4:1"), InlineData("mgqe:2:300:4"), InlineData("mgqe:2:8"), InlineData("mgqe:2:8:9"), InlineData("hash:x"), InlineData("tree:5"), InlineData("rounded:5"), InlineData("stored:4"), InlineData("mixed-prefix:77:5:8:5"), InlineData("mixed-prefix:77:5:8:4:20:2")]
    public void Parse_AnythingElse_ToldWhatIsExpected(string text) => Should.Throw<AutoDimException>(() => RowForm.Parse(text)).Message.ShouldContain(text switch { "dpq:4:257" or "dpq:4:1" or "mgqe:2:300:4" => "expected 2 to 256", "mgqe:2:8:9" => "no more than the 8", "rounded:5" or "mixed-prefix:77:5:8:5" => "expected 2, 3, 4 or 8", "stored:4" => "expected 8 or 16", _ => "is no form of a field's rows" });

    /// <summary>Whatever a form multiplies and adds up, its vectors start as a plain table's would.</summary>
    [Theory, InlineData("hash:2000"), InlineData("qr:300"), InlineData("robe:20000:4"), InlineData("tt:8"), InlineData("dpq:4:256"), InlineData("dpqsx:4:256")]
    public void Create_Deviation_IsThatOfTheVectors(string form)
    {
        using var probe = new FormProbe(form, rows: 4000, dim: 12, deviation: 0.1);
        var vectors = probe.Lookup();
        var numbers = Enumerable.Range(0, 4000).SelectMany(value => Enumerable.Range(0, 12).Select(k => vectors[value, k])).ToArray();
        numbers.Average().ShouldBe(0, 0.01);
        Math.Sqrt(numbers.Average(number => number * number)).ShouldBe(0.1, 0.015);
    }

    /// <summary>Clicks follow pairs of users and items: what is made of fewer numbers than a table has still tells most of them apart, and validation is scored as what is deployed scores.</summary>
    [Theory, InlineData("qr:4"), InlineData("robe:48:4"), InlineData("tt:3"), InlineData("dpq:4:8"), InlineData("dpqsx:4:8"), InlineData("mgqe:4:8:4"), InlineData("rounded:2"), InlineData("rounded:3"), InlineData("rounded:4"), InlineData("stored:8"), InlineData("stored:16")]
    public void Fit_PlantedPairs_AreLearned(string form)
    {
        using var data = Toy.Clicks(train: 3000, valid: 1500);
        using var pool = new WorkerPool(1);
        var plan = EmbeddingPlan.Of(data.Fields, [8, 8, 8, 8], forms: [RowForm.Parse(form), RowForm.Parse(form), null, null]);
        plan = plan with { Fields = [.. plan.Fields.Select(item => item.Form switch { RoundedForm rounded => item with { Storage = rounded.Storage }, StoredForm stored => item with { Storage = stored.Storage }, _ => item })] };
        CtrModel New(bool packed) => ModelCatalog.Find("fm").Create(ModelContext.Planned(data.Fields, plan, new ModelOptions { InitialDeviation = 0.1 }, 1, pool, packed));
        using var model = New(packed: false);
        using var learner = new Learner(model, new TrainingOptions { Epochs = 12, BatchSize = 100, LearningRate = 0.02, Tables = new() { LearningRate = 0.02 } });
        var result = new Trainer(learner, data).Fit(TestContext.Current.CancellationToken);
        result.ValidAuc.ShouldBeGreaterThan(0.75);
        using var packed = New(packed: true);
        Packing.Pack(model, packed);
        using var scorer = new Scorer(packed, 100);
        var rounding = form.StartsWith(StoredForm.Name, StringComparison.Ordinal) ? 1e-4 : 1e-12; // of first-order weights, which learn in float32 there
        Auc.Compute(scorer.Score(data.Valid), Labels.OfBothClasses(data.Valid)).ShouldBe(result.ValidAuc, rounding);
    }

    [Fact]
    public void PlanFile_Form_IsKept()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "plan.json");
        var plan = EmbeddingPlan.Of(SmallData.Fields, [1, 2, 3, 4], forms: [new HashForm(3), null, null, null]);
        PlanFile.Of(plan, "hand", "").Save(path);
        PlanFile.Read(path).Fields.Select(field => field.Form).ShouldBe([new HashForm(3), null, null, null]);
        File.WriteAllText(path, RunRecords.Unsealed(File.ReadAllText(path)).Replace("hash:3", "hash:many"));
        Should.Throw<AutoDimException>(() => PlanFile.Read(path)).Message.ShouldContain("hash:many");
    }

    /// <summary>Every sample of a batch finds the row of its value's hash; all rows are used, and a rule is there once for vectors and first-order weights.</summary>
    [Fact]
    public void Index_HashedRows_AreThoseOfTheRule()
    {
        using var hashed = new Bench("deepfm, hashed rows", [3, 3, 3, 3]);
        var batch = hashed.Fill(1);
        var rules = hashed.Model.Set.Rules;
        rules.Select(rule => (rule.Field, rule.Rows)).ShouldBe([(0, 3), (1, 3), (2, 3), (3, 2)], ignoreOrder: true);
        rules.ShouldAllBe(rule => Enumerable.Range(0, 11).Select(row => rule.RowOf(row, 0)).Distinct().Count() == rule.Rows);
        hashed.Learner.Step();
        foreach (var rule in rules)
        {
            var table = hashed.Model.Tables.First(table => table.Field == rule.Field);
            var rows = hashed.Learner.Input.RowsOf(table);
            for (var i = 0; i < batch.Columns[rule.Field].Count; i++)
            {
                var distinct = hashed.Learner.Input.Fields[rule.Field];
                unsafe
                {
                    rows.Rows[rows.Positions[distinct.Positions[i]]].ShouldBe(rule.RowOf(batch.Columns[rule.Field].Rows[i], 0));
                }
            }
        }
    }
}
