using System.Text.Json;
using AutoDim.Serving.Scoring;

namespace AutoDim.Serving.Http;

/// <summary>The answer of /model: fields, dimensions, bytes, how the model came to be.</summary>
internal static class ModelDescription
{
    public static void Write(Utf8JsonWriter json, ServedModel model, string? previous, string? problem)
    {
        var manifest = model.Manifest;
        json.WriteString("model", manifest.Model);
        json.WriteString("version", model.Version);
        json.WriteString("loaded", model.Loaded);
        json.WriteBoolean("verified", model.IsVerified);
        if (previous != null) json.WriteString("previous", previous);
        if (problem != null) json.WriteString("problem", problem);
        json.WriteString("data", manifest.Data);
        json.WriteStartObject("training");
        json.WriteNumber("seed", manifest.Training.Seed);
        json.WriteNumber("validAuc", Finite(manifest.Training.ValidAuc));
        json.WriteNumber("bestEpoch", manifest.Training.BestEpoch);
        json.WriteNumber("steps", manifest.Training.Steps);
        json.WriteNumber("tableL2", Finite(manifest.Training.TableL2));
        json.WriteEndObject();
        json.WriteNumber("bytes", Enumerable.Range(0, manifest.Fields.Count).Sum(model.BytesOf));
        json.WriteStartArray("fields");
        for (var m = 0; m < manifest.Fields.Count; m++) WriteField(json, model, m);
        json.WriteEndArray();
    }

    private static double Finite(double number) => double.IsFinite(number) ? number : 0;

    private static void WriteField(Utf8JsonWriter json, ServedModel model, int m)
    {
        var (field, manifest) = (model.Model.Fields[m], model.Manifest);
        json.WriteStartObject();
        json.WriteString("name", field.Name);
        json.WriteString("kind", Kind(model, m));
        json.WriteNumber("rows", field.Rows);
        json.WriteNumber("dimension", manifest.Dims[m]);
        json.WriteString("storage", (manifest.Storages.Count == 0 ? default : manifest.Storages[m]).ToString().ToLowerInvariant());
        json.WriteNumber("bytes", model.BytesOf(m));
        if (field.Sequences is { Count: > 0 } sequences)
        {
            json.WriteStartArray("sequences");
            foreach (var sequence in sequences)
            {
                json.WriteStartObject();
                json.WriteString("name", sequence.Name);
                json.WriteNumber("length", sequence.Length);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static string Kind(ServedModel model, int m) => model.Encoder.Encoders[m].Kind?.ToString().ToLowerInvariant() ?? (model.Model.Fields[m].MultiValued ? "ids" : "id");
}
