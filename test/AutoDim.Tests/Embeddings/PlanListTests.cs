using AutoDim.Embeddings;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Embeddings;

public sealed class PlanListTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("{\"user\": 16, \"a, b\": 0, \"tags\": 3}")]
    [InlineData("field,dimension\nuser,16\na, b,0\ntags,3\n")]
    [InlineData("user;16\r\n\"a, b\";0\r\n\r\ntags;3\r\n")]
    [InlineData("user\t16\na, b\t0\ntags\t3")]
    [InlineData("  \n  {\"user\": 16, \"a, b\": 0, \"tags\": 3}")]
    [InlineData("field,dim\n user , 16 \n\"a, b\" , 0\ntags,3")]
    public void Read_EveryLayout_SamePlan(string text)
    {
        var plan = PlanList.Read(Write(text));
        plan.Fields.Select(entry => (entry.Field, entry.Dim)).ShouldBe([("user", 16), ("a, b", 0), ("tags", 3)]);
        plan.Method.ShouldBe("imported from plan.txt");
    }

    [Fact]
    public void Read_OurPlan_AsItIs()
    {
        var plan = new PlanFile { Method = "autodim", Projection = Projection.ZeroPadding, Fields = [new("user", 10, 4, 160) { Storage = RowStorage.Int8 }] };
        plan.Save(folder.File("plan.json"));
        var read = PlanList.Read(folder.File("plan.json"));
        (read.Method, read.Projection).ShouldBe(("autodim", Projection.ZeroPadding));
        read.Fields.ShouldBe(plan.Fields);
    }

    [Theory]
    [InlineData("user,16\nitem,many", "line 2: field 'item' has dimension 'many', expected a whole number from 0 to 4096")]
    [InlineData("user,16\nitem", "line 2: 'item' is no field and dimension; give plan.json, a JSON object such as {\"user\": 16, \"item\": 8}, or lines of field,dimension")]
    [InlineData("user,16\n,8", "line 2: ',8' is no field and dimension")]
    [InlineData("user,16\nfield,dim", "line 2: field 'field' has dimension 'dim'")]
    [InlineData("user,4097", "dimension '4097'")]
    [InlineData("{\"fields\": []}", "names no fields; autodim search writes such a file")]
    [InlineData("{\"formatVersion\": 9}", "format version 9")]
    [InlineData("user,5000", "line 1: field 'user' has dimension '5000', expected a whole number from 0 to 4096")]
    [InlineData("user,-1", "line 1: field 'user' has dimension '-1'")]
    [InlineData("user,4\nuser,8", "names field 'user' 2 times; once is enough")]
    [InlineData("{\"user\": 1.5}", "field 'user' has dimension '1.5'")]
    [InlineData("{\"user\": null}", "field 'user' has dimension 'null'")]
    [InlineData("{\"user\": 4, \"user\": 8}", "is no plan")]
    [InlineData("{\"user\": 4", "is no plan: line 1")]
    [InlineData("", "names no fields")]
    [InlineData("{}", "names no fields")]
    [InlineData("user,0", "gives every field dimension 0")]
    public void Read_NoPlan_SaysWhereAndWhatToGive(string text, string message)
        => Should.Throw<AutoDimException>(() => PlanList.Read(Write(text))).Message.ShouldContain(message);

    [Fact]
    public void Read_QuotesLargestDimensionAndHeadAlone_AreTaken()
    {
        PlanList.Read(Write("\"the \"\"best\"\" shop\",4096\na,0")).Fields.ShouldBe([new PlanEntry("the \"best\" shop", 0, 4096, 0), new PlanEntry("a", 0, 0, 0)]);
        Should.Throw<AutoDimException>(() => PlanList.Read(Write("field,dim\n"))).Message.ShouldContain("names no fields");
    }

    [Fact]
    public void Read_NoFile_SaysSo() => Should.Throw<AutoDimException>(() => PlanList.Read(folder.File("none.csv"))).Message.ShouldContain("there is no such file");

    private string Write(string text)
    {
        File.WriteAllText(folder.File("plan.txt"), text);
        return folder.File("plan.txt");
    }
}
