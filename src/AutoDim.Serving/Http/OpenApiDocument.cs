using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using AutoDim.Data.Preparation;
using AutoDim.Export;
using AutoDim.Serving.Scoring;

namespace AutoDim.Serving.Http;

/// <summary>The OpenAPI 3.1 description. Made here and not from the handlers' types: what a row is, only the model knows.</summary>
internal static class OpenApiDocument
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, TypeInfoResolver = JsonTypeInfoResolver.Combine() };

    /// <param name="model">Null where none answers: rows are then any objects.</param>
    public static string Text(ServedModel? model) => new JsonObject
    {
        ["openapi"] = "3.1.0",
        ["info"] = new JsonObject
        {
            ["title"] = "AutoDim scoring",
            ["version"] = model?.Version ?? "none",
            ["description"] = "Probabilities of a click from raw rows. Limits are answered 408, 413, 429 and 503; every refusal is application/problem+json.",
        },
        ["paths"] = new JsonObject
        {
            ["/score"] = Post("Score a row or an array of rows", OneOf(Ref("Row"), Array(Ref("Row"))), OneOf(Ref("Probability"), Ref("Probabilities"))),
            ["/rank"] = Post("Score one user with many candidates", Ref("Ranking"), Ref("Ranked")),
            ["/explain"] = Post("Score a row, and again with each field set to its row of unseen values", Ref("Row"), Ref("Explanation")),
            ["/model"] = Get("What the model is", "application/json", "503"),
            ["/health"] = Get("The process lives", "application/json"),
            ["/ready"] = Get("A model answers", "application/json", "503"),
            ["/metrics"] = Get("Prometheus text", "text/plain"),
            ["/admin/reload"] = Administration("Load what the model's folder holds now", "422"),
            ["/admin/rollback"] = Administration("Go back to the version before", "409"),
        },
        ["components"] = new JsonObject
        {
            ["schemas"] = Schemas(model),
            ["securitySchemes"] = new JsonObject { ["key"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "where the server was started with a key" } },
        },
    }.ToJsonString(Readable);

    private static JsonObject Schemas(ServedModel? model) => new()
    {
        ["Row"] = Object(model?.Encoder.Encoders.Select((encoder, c) => (encoder.Name, Value(model, c))) ?? [], IdsOf(model), isClosed: model != null),
        ["Ranking"] = Object(
            [("shared", Partial(model)), ("candidates", Array(Partial(model))), ("top", Of("integer")), ("order", new JsonObject { ["enum"] = new JsonArray("score", "given") })], ["candidates"], isClosed: true),
        ["Probability"] = Object([("model", Of("string")), ("probability", Of("number"))], ["model", "probability"]),
        ["Probabilities"] = Object([("model", Of("string")), ("probabilities", Array(Of("number")))], ["model", "probabilities"]),
        ["Ranked"] = Object([("model", Of("string")), ("candidates", Array(Object([("index", Of("integer")), ("probability", Of("number"))], ["index", "probability"])))], ["model", "candidates"]),
        ["Explanation"] = Object(
            [
                ("model", Of("string")), ("probability", Of("number")), ("logit", Of("number")),
                ("fields", Array(Object([("name", Of("string")), ("unseen", Of("boolean")), ("bytes", Of("integer")), ("contribution", Of("number"))], ["name", "unseen", "bytes"]))),
            ],
            ["model", "probability", "logit", "fields"]),
        ["Problem"] = Object(
            [("type", Of("string")), ("title", Of("string")), ("status", Of("integer")), ("detail", Of("string")), ("row", Of("integer")), ("field", Of("string")), ("value", Of("string")), ("fix", Of("string"))],
            ["type", "title", "status", "detail"]),
    };

    /// <summary>A row in which any field may be absent, as another part of the request gives it.</summary>
    private static JsonObject Partial(ServedModel? model) => Object(model?.Encoder.Encoders.Select((encoder, c) => (encoder.Name, Value(model, c))) ?? [], [], isClosed: model != null);

    /// <summary>Fields of ids, which no row may leave out.</summary>
    private static string[] IdsOf(ServedModel? model) => [.. model?.Encoder.Encoders.Where((encoder, c) => encoder is IdEncoder && !model.Encoder.Columns[c].MultiValued).Select(encoder => encoder.Name) ?? []];

    private static JsonObject Value(ServedModel model, int column)
    {
        var (encoder, field) = (model.Encoder.Encoders[column], model.Encoder.Columns[column]);
        var schema = encoder.Kind switch
        {
            null => field.MultiValued ? Array(Of("integer")) : Of("integer"),
            FieldKind.Numeric => Of("number", "string", "null"),
            _ when field.MultiValued => new JsonObject { ["type"] = new JsonArray("array", "string", "number", "null"), ["items"] = Of("string", "number") },
            _ => Of("string", "number", "null"),
        };
        schema["description"] = encoder.Expected;
        return schema;
    }

    private static JsonObject Of(params string[] types) => new() { ["type"] = types.Length == 1 ? types[0] : new JsonArray([.. types.Select(type => JsonValue.Create(type))]) };

    private static JsonObject Array(JsonNode items) => new() { ["type"] = "array", ["items"] = items };

    private static JsonObject Ref(string name) => new() { ["$ref"] = $"#/components/schemas/{name}" };

    private static JsonObject OneOf(params JsonNode[] schemas) => new() { ["oneOf"] = new JsonArray(schemas) };

    private static JsonObject Object(IEnumerable<(string Name, JsonObject Schema)> properties, string[] required, bool isClosed = false)
    {
        var schema = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject(properties.Select(property => KeyValuePair.Create<string, JsonNode?>(property.Name, property.Schema))) };
        if (required.Length > 0) schema["required"] = new JsonArray([.. required.Select(name => JsonValue.Create(name))]);
        if (isClosed) schema["additionalProperties"] = false;
        return schema;
    }

    private static JsonObject Get(string summary, string type, params string[] refusals) => new()
    {
        ["get"] = new JsonObject { ["summary"] = summary, ["responses"] = Responses(new JsonObject { [type] = new JsonObject() }, refusals) },
    };

    private static JsonObject Administration(string summary, string refusal) => new()
    {
        ["post"] = new JsonObject { ["summary"] = summary, ["responses"] = Responses(new JsonObject { ["application/json"] = new JsonObject() }, "401", "403", refusal, "503") },
    };

    private static JsonObject Post(string summary, JsonNode request, JsonNode answer) => new()
    {
        ["post"] = new JsonObject
        {
            ["summary"] = summary,
            ["requestBody"] = new JsonObject { ["required"] = true, ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = request } } },
            ["responses"] = Responses(new JsonObject { ["application/json"] = new JsonObject { ["schema"] = answer } }, "400", "401", "408", "413", "429", "503"),
        },
    };

    private static JsonObject Responses(JsonObject content, params string[] refusals)
    {
        var responses = new JsonObject { ["200"] = new JsonObject { ["description"] = "the answer", ["content"] = content } };
        foreach (var refusal in refusals)
        {
            responses[refusal] = new JsonObject { ["description"] = "why not", ["content"] = new JsonObject { ["application/problem+json"] = new JsonObject { ["schema"] = Ref("Problem") } } };
        }

        return responses;
    }
}
