using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Embeddings.Forms;

public sealed class RowFormTests
{
    [Theory, InlineData("hash:7"), InlineData("sparse:5:3:4:77")]
    public void Parse_ItsOwnText_IsTheForm(string text) => RowForm.Parse(text).Text.ShouldBe(text);

    [Theory, InlineData(""), InlineData("hash"), InlineData("hash:0"), InlineData("hash:-2"), InlineData("hash:1:2"), InlineData("hash:x"), InlineData("tree:5")]
    public void Parse_AnythingElse_ToldWhatIsExpected(string text) => Should.Throw<AutoDimException>(() => RowForm.Parse(text)).Message.ShouldContain("hash:ROWS");

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
        rules.ShouldAllBe(rule => Enumerable.Range(0, 11).Select(row => rule.RowOf(row)).Distinct().Count() == rule.Rows);
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
                    rows.Rows[rows.Positions[distinct.Positions[i]]].ShouldBe(rule.RowOf(batch.Columns[rule.Field].Rows[i]));
                }
            }
        }
    }
}
