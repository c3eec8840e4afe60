using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Embeddings.Forms;

public sealed class RowFormTests
{
    [Theory, InlineData("hash:7"), InlineData("qr:30"), InlineData("robe:600:8"), InlineData("tt:4")]
    public void Parse_ItsOwnText_IsTheForm(string text) => RowForm.Parse(text).Text.ShouldBe(text);

    [Theory, InlineData(""), InlineData("hash"), InlineData("hash:0"), InlineData("hash:-2"), InlineData("hash:1:2"), InlineData("robe:5"), InlineData("tt:0"), InlineData("hash:x"), InlineData("tree:5")]
    public void Parse_AnythingElse_ToldWhatIsExpected(string text) => Should.Throw<AutoDimException>(() => RowForm.Parse(text)).Message.ShouldContain("is no form of a field's rows");

    /// <summary>Whatever a form multiplies and adds up, its vectors start as a plain table's would.</summary>
    [Theory, InlineData("hash:2000"), InlineData("qr:300"), InlineData("robe:20000:4"), InlineData("tt:8")]
    public void Create_Deviation_IsThatOfTheVectors(string form)
    {
        using var probe = new FormProbe(form, rows: 4000, dim: 12, deviation: 0.1);
        var vectors = probe.Lookup();
        var numbers = Enumerable.Range(0, 4000).SelectMany(value => Enumerable.Range(0, 12).Select(k => vectors[value, k])).ToArray();
        numbers.Average().ShouldBe(0, 0.01);
        Math.Sqrt(numbers.Average(number => number * number)).ShouldBe(0.1, 0.015);
    }

    [Fact]
    public void PlanFile_Form_IsKept()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "plan.json");
        var plan = EmbeddingPlan.Of(SmallData.Fields, [1, 2, 3, 4], forms: [new HashForm(3), null, null, null]);
        PlanFile.Of(plan, "hand", "").Save(path);
        PlanFile.Read(path).Fields.Select(field => field.Form).ShouldBe([new HashForm(3), null, null, null]);
        File.WriteAllText(path, File.ReadAllText(path).Replace("hash:3", "hash:many"));
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
