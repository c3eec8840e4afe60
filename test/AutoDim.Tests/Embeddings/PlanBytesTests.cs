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
}
