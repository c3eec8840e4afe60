using System.Text.Json;
using AutoDim.Data.Preparation;

namespace AutoDim.Tests.Support;

internal static class SchemaAssertions
{
    /// <summary>Every property, lists by their items.</summary>
    public static void ShouldEqual(this Schema schema, Schema expected) => JsonSerializer.Serialize(schema).ShouldBe(JsonSerializer.Serialize(expected));
}
