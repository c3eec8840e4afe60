using System.Globalization;
using AutoDim.Data;
using AutoDim.Evaluation;
using AutoDim.Numerics;

namespace AutoDim.Demo;

/// <summary>
/// A click log with a planted truth. Every field m has a number of values, drawn with Zipf frequencies, and an intrinsic dimension
/// r_m: each value has a hidden vector of r_m normal coordinates (the rest are 0) and a first-order weight. The log-odds of a
/// click are b + Σ w_value + γ Σ over linked pairs of fields ⟨u_m, u_k⟩, so that a field's values differ in exactly r_m directions.
/// Fields of dimension 0 are noise.
/// </summary>
/// <param name="seed">Of everything that is drawn.</param>
/// <param name="values">Of all fields together; those of less than a hundred keep their number, the others share in what is left as they do by default.</param>
internal sealed class PlantedLog(ulong seed, int values = PlantedLog.DefaultValues)
{
    private readonly CounterRandom random = new(seed, 0x91A47ED);
    private readonly PlantedField[] fields = WithValues(values);

    /// <summary>Name, values and intrinsic dimension of each field.</summary>
    public static readonly PlantedField[] Fields =
    [
        new("user", 1000, 16), new("item", 800, 16), new("shop", 400, 8), new("category", 200, 8), new("city", 600, 2), new("device", 300, 2),
        new("hour", 24, 4), new("session", 5000, 0), new("cookie", 3000, 0), new("campaign", 1500, 0), new("banner", 150, 1), new("weekday", 7, 1),
    ];

    /// <summary>Candidate dimensions that the demo searches.</summary>
    public static readonly int[] Candidates = [2, 4, 8, 16];

    public const int DefaultRows = 500_000;
    public const int DefaultValues = 12_981;

    private const double Exponent = 0.8;
    private const double Strength = 0.55;
    private const double FirstOrder = 0.25;
    private const double Bias = -1.2;

    /// <summary>Writes the log as CSV.</summary>
    public void Write(string path, int rows = DefaultRows) => AtomicFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.Write("click");
        foreach (var field in fields) writer.Write("," + field.Name);
        writer.Write('\n');
        var zipf = fields.Select(field => new Zipf(field.Values, Exponent)).ToArray();
        var vectors = fields.Select(HiddenVectors).ToArray();
        var weights = fields.Select(FirstOrderWeights).ToArray();
        var draws = random.Fork(1);
        var drawn = new int[fields.Length];
        for (var row = 0L; row < rows; row++)
        {
            var position = row * (fields.Length + 1);
            for (var m = 0; m < drawn.Length; m++) drawn[m] = zipf[m].Draw(draws.Uniform(position + m));
            var logit = Bias + LogOdds(drawn, vectors, weights);
            writer.Write(draws.Uniform(position + drawn.Length) < 1 / (1 + Math.Exp(-logit)) ? '1' : '0');
            for (var m = 0; m < drawn.Length; m++) writer.Write(string.Create(CultureInfo.InvariantCulture, $",{fields[m].Name[0]}{drawn[m]}"));
            writer.Write('\n');
        }
    });

    /// <summary>The schema of the log.</summary>
    public static string Schema => "label: {column: click}\nminCount: 2\nfields:\n" + string.Concat(Fields.Select(planted => $"  - column: {planted.Name}\n"));

    /// <summary>Spearman's correlation of a plan's dimensions with the planted ones.</summary>
    public static double RankCorrelation(IReadOnlyList<int> dims)
        => SeedStatistics.Spearman([.. Fields.Select(planted => (double)planted.Dim)], [.. dims.Select(dim => (double)dim)]);

    private static PlantedField[] WithValues(int values)
    {
        var growing = Fields.Where(Grows).Sum(field => field.Values);
        var factor = (values - (DefaultValues - growing)) / (double)growing;
        return [.. Fields.Select(field => Grows(field) ? field with { Values = (int)(field.Values * factor) } : field)];
    }

    private static bool Grows(PlantedField field) => field.Values >= 100;

    private static double LogOdds(int[] values, double[][][] vectors, double[][] weights)
    {
        var sum = 0.0;
        for (var m = 0; m < values.Length; m++)
        {
            sum += FirstOrder * weights[m][values[m]];
            for (var k = m + 1; k < values.Length; k++)
            {
                var shared = Math.Min(Fields[m].Dim, Fields[k].Dim);
                if (shared == 0) continue;
                double[] a = vectors[m][values[m]], b = vectors[k][values[k]];
                var product = 0.0;
                for (var c = 0; c < shared; c++) product += a[c] * b[c];
                sum += Strength * product / Math.Sqrt(shared);
            }
        }

        return sum;
    }

    private double[][] HiddenVectors(PlantedField field)
    {
        var stream = random.Fork(Autograd.Parameter.StableHash(field.Name));
        return [.. Enumerable.Range(0, field.Values).Select(value => Enumerable.Range(0, field.Dim).Select(c => stream.Normal(((long)value * field.Dim) + c)).ToArray())];
    }

    private double[] FirstOrderWeights(PlantedField field)
    {
        var stream = random.Fork(Autograd.Parameter.StableHash(field.Name) + 1);
        return [.. Enumerable.Range(0, field.Values).Select(value => field.Dim == 0 ? 0 : stream.Normal(value))];
    }
}

/// <summary>A field of the planted log.</summary>
internal sealed record PlantedField(string Name, int Values, int Dim);
