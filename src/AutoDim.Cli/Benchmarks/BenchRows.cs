using System.Globalization;
using System.Text.Json.Nodes;
using AutoDim.Data.Preparation;
using AutoDim.Export;
using AutoDim.Numerics;
using CsvHelper;

namespace AutoDim.Cli.Benchmarks;

/// <summary>Rows to ask a server for, as JSON objects.</summary>
internal static class BenchRows
{
    /// <param name="log">A raw file of the model's schema; null: values are made up, so that only ids meet rows that training had.</param>
    public static string[] Of(string folder, string? log, int count)
    {
        using var pool = new WorkerPool(1);
        var manifest = ModelManifest.Load(folder);
        using var model = TrainedModel.Map(folder, manifest, pool);
        var encoder = RowEncoder.Load(folder, manifest, model.Model.Fields);
        if (encoder.Encoders.Any(column => column is IdEncoder) || log == null) return [.. Enumerable.Range(0, count).Select(i => MakeUp(encoder, i))];
        return [.. Read(encoder, SchemaFile.Load(Path.Combine(folder, manifest.Schema!.Name)), log).Take(count)];
    }

    private static IEnumerable<string> Read(RowEncoder encoder, Schema schema, string log)
    {
        using var reader = CsvReader.Create(InputFile.Open(log), QuotedRows.Options(schema, log));
        string[] names = schema.Columns == null ? [.. reader.Headers.Select(name => name.Trim())] : [.. schema.Columns];
        var columns = encoder.Encoders.Select(column => schema.Fields.FirstOrDefault(field => field.FullName == column.Name)?.Column ?? schema.Sequences.FirstOrDefault(sequence => sequence.Name == column.Name)?.Column ?? column.Name).ToArray();
        while (reader.Read())
        {
            var row = new JsonObject();
            for (var c = 0; c < columns.Length; c++)
            {
                if (Array.IndexOf(names, columns[c]) is >= 0 and var place) row[encoder.Encoders[c].Name] = reader.GetString(place).Trim();
            }

            yield return row.ToJsonString();
        }
    }

    private static string MakeUp(RowEncoder encoder, int i)
    {
        var random = new CounterRandom(1, 0x5E4E).Fork((ulong)i);
        return new JsonObject(encoder.Encoders.Select((column, c) => KeyValuePair.Create<string, JsonNode?>(column.Name, encoder.Columns[c].MultiValued ? new JsonArray(Value(column, c)) : Value(column, c)))).ToJsonString();

        JsonValue Value(ColumnEncoder column, int c) => column switch
        {
            IdEncoder { Range: var (first, last) } => JsonValue.Create(first + random.Below(c, last - first + 1)),
            { Kind: FieldKind.Numeric } => JsonValue.Create(random.Below(c, 1000)),
            _ => JsonValue.Create(string.Create(CultureInfo.InvariantCulture, $"v{random.Below(c, 100_000)}")),
        };
    }
}
