using System.Text.Json;
using System.Text.Json.Serialization;
using AutoDim.Data;

namespace AutoDim.Cli.Benchmarks;

/// <summary>A data shape to measure on, as ../shared/bench/workloads.json describes it for every engine.</summary>
/// <param name="Cardinalities">Values of each field; ids are Zipf(1.05) within a field.</param>
/// <param name="Batch">Samples a step.</param>
internal sealed record Workload(int[] Cardinalities, int EmbeddingDim, int[] Hidden, int Batch, int[] Candidates)
{
    private static readonly int[] Criteo =
    [
        64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 1460, 583, 175000, 110000, 305, 24, 12000, 633, 3, 40000, 5600, 160000, 3200, 27,
        12000, 140000, 10, 4700, 2100, 4, 150000, 18, 15, 60000, 105, 42000,
    ];

    /// <summary>Used where there is no workloads.json; the same shapes.</summary>
    public static readonly IReadOnlyDictionary<string, Workload> BuiltIn = new Dictionary<string, Workload>()
    {
        ["criteo-like"] = new(Criteo, 16, [400, 400, 400], 4096, [2, 4, 8, 16]),
        ["criteo-like-10m"] = new(
            [
                .. Criteo[..15], 1750000, 1100000, .. Criteo[17..22], 400000, 5600, 1600000, .. Criteo[25..28], 1400000,
                .. Criteo[29..33], 1500000, 18, 15, 600000, 105, 42000,
            ],
            16, [400, 400, 400], 4096, [2, 4, 8, 16]),
        ["criteo-x1-shape"] = new(
            [
                .. Criteo[..15], 480000, 330000, 305, 24, 12500, 633, 3, 85000, 5600, 430000, 3200, 27, 14000, 370000,
                .. Criteo[29..33], 240000, 18, 15, 80000, 105, 28000,
            ],
            10, [400, 400, 400], 4096, [2, 4, 6, 8, 10]),
        ["frappe-like"] = new([957, 4082, 7, 7, 2, 3, 2, 9, 80, 233], 10, [400, 400, 400], 4096, [2, 4, 6, 8, 10]),
    };

    public IReadOnlyList<Field> Fields => [.. Cardinalities.Select((rows, m) => new Field($"f{m}", rows))];

    /// <summary>Multiply-adds of the hidden layers for one sample, one way.</summary>
    public long DenseMultiplications
    {
        get
        {
            var (sum, inputs) = (0L, (long)Cardinalities.Length * EmbeddingDim);
            foreach (var units in Hidden)
            {
                sum += inputs * units;
                inputs = units;
            }

            return sum + inputs;
        }
    }

    /// <summary>The workloads of a folder's workloads.json, or the built-in ones where it has none.</summary>
    public static IReadOnlyDictionary<string, Workload> Load(string folder)
    {
        var path = Path.Combine(folder, "workloads.json");
        if (!File.Exists(path)) return BuiltIn;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), WorkloadJson.Default.DictionaryStringWorkload)!;
        }
        catch (JsonException exception)
        {
            throw new AutoDimException($"{path}, line {exception.LineNumber + 1}: {exception.Message}");
        }
    }

    /// <summary>A log of so many batches of this shape, the same on every machine.</summary>
    public MemorySplit Generate(int batches)
    {
        var samples = batches * Batch;
        var random = new Numerics.CounterRandom(7, 0xBE4C);
        var labels = new float[samples];
        for (var i = 0; i < samples; i++) labels[i] = random.Below(i, 2);
        return new MemorySplit(labels, Draw(samples, random));
    }

    /// <summary>Each field's row in so many samples.</summary>
    public long[][] Draw(int samples, Numerics.CounterRandom random) => [.. Cardinalities.Select((values, m) => Zipf(values, samples, random.Fork((ulong)m)))];

    /// <summary>Zipf(1.05) ranks by inverting the continuous distribution, as the peer draws them.</summary>
    private static long[] Zipf(int values, int samples, Numerics.CounterRandom random)
    {
        const double Exponent = 1.05;
        var reach = Math.Pow(values + 1.0, 1 - Exponent) - 1;
        var rows = new long[samples];
        for (var i = 0; i < samples; i++)
        {
            var rank = Math.Floor(Math.Pow((reach * random.Uniform(i)) + 1, 1 / (1 - Exponent)));
            rows[i] = (long)Math.Clamp(rank, 1, values) - 1;
        }

        return rows;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Dictionary<string, Workload>))]
internal sealed partial class WorkloadJson : JsonSerializerContext;
