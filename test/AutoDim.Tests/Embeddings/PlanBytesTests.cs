using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Models;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Embeddings;

public sealed class PlanBytesTests
{
    [Theory, MemberData(nameof(Bench.Models), MemberType = typeof(Bench)), MemberData(nameof(Bench.RowFormModels), MemberType = typeof(Bench))]
    public void Deployed_AnyModel_EqualsWhatTheModelHolds(string name, int[] dims, Projection projection)
    {
        using var bench = new Bench(name, dims, projection);
        var entry = Bench.Find(name);
        var bytes = PlanBytes.Of(entry.HasVectors ? bench.Plan : EmbeddingPlan.Uniform(SmallData.Fields, 0), SmallData.Fields, entry.LinearRow(Bench.SmallModel));
        using var deployed = entry.Create(ModelContext.Planned(SmallData.Fields, bench.Plan, bench.Model.Context.Options, 7, bench.Pool, packed: true));
        var centroids = deployed.Parameters.Where(parameter => parameter.Name.EndsWith(CodedForm.CentroidsName, StringComparison.Ordinal)).Sum(parameter => parameter.Values.Length);
        bytes.Tables.ShouldBe(deployed.Tables.Sum(table => table.Codes?.Bytes ?? table.Parameters * sizeof(float)) + (centroids * sizeof(float)));
        bytes.Maps.ShouldBe(bench.Model.Parameters.Where(parameter => parameter.Name.StartsWith("map.", StringComparison.Ordinal)).Sum(parameter => parameter.Length) * sizeof(float));
    }

    /// <summary>Three fields of 10, 20 and 30 rows: tables with what values have beside their vectors, maps (d + 1) · D where d differs from D, the vocabulary.</summary>
    [Theory]
    [InlineData(LinearRow.None, Projection.Linear, 4 * ((10 * 4) + (30 * 2)), 4 * 3 * 4)]
    [InlineData(LinearRow.Weight, Projection.Linear, 4 * ((10 * 5) + (20 * 1) + (30 * 3)), 4 * 3 * 4)]
    [InlineData(LinearRow.Vector, Projection.ZeroPadding, 4 * 2 * ((10 * 4) + (30 * 2)), 0)]
    public void Of_KnownPlan_SumOfItsParts(LinearRow linear, Projection projection, long tables, long maps)
    {
        Field[] fields = [new("a", 10, VocabularyBytes: 100), new("b", 20), new("c", 30, VocabularyBytes: 7)];
        var bytes = PlanBytes.Of(EmbeddingPlan.Of(fields, [4, 0, 2]) with { Projection = projection }, fields, linear);
        bytes.ShouldBe(new PlanBytes(tables, maps, 107));
        bytes.Deployed.ShouldBe(tables + maps + 107);
    }

    [Fact]
    public void OfValue_Packed_VectorAndWhatIsBesideIt()
    {
        PlanBytes.OfValue(4, RowStorage.Int8, LinearRow.Weight).ShouldBe(RowFormat.Bytes(RowStorage.Int8, 4) + RowFormat.Bytes(RowStorage.Int8, 1));
        PlanBytes.OfValue(4, RowStorage.Float32, LinearRow.None).ShouldBe(16);
    }
}
