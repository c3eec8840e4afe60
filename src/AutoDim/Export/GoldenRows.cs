using System.Text.Json;
using System.Text.Json.Serialization;
using AutoDim.Data;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Export;

/// <summary>Made-up rows and what the engine scored for them: what an exported model is checked by, at once and wherever it goes.</summary>
internal sealed record GoldenRows
{
    public const string Name = "golden.json";

    /// <summary>Most values of a padded input's sample.</summary>
    private const int MostValues = 4;

    /// <summary>What the model takes of each field, then of each sequence.</summary>
    public required IReadOnlyList<GoldenInput> Inputs { get; init; }

    public required IReadOnlyList<float> Logit { get; init; }

    public required IReadOnlyList<float> Probability { get; init; }

    [JsonIgnore]
    public int Count => Logit.Count;

    /// <summary>Draws rows, each table's first and last among them, and scores them.</summary>
    /// <param name="raw">What leads from raw values to rows: some lead to each row drawn, or to another where none leads there; null: there are no raw values.</param>
    public static GoldenRows Of(CtrModel model, int count, RawInputs? raw = null)
    {
        var random = new CounterRandom(0, 0x601DE);
        int[] widths = [.. model.Fields.Select(field => field.MultiValued ? MostValues : 1), .. model.Fields.SelectMany(field => field.Sequences ?? []).Select(sequence => Math.Min(MostValues, sequence.Length))];
        GoldenInput[] inputs = [.. Field.Columns(model.Fields).Select((column, i) => Draw(column, count, widths[i], random.Fork((ulong)i)))];
        if (raw != null) inputs = [.. inputs.Select((input, c) => raw.Columns[c].Encode(input))];
        using var scorer = new Scorer(model, count);
        var logits = scorer.Score(Split(inputs, count));
        return new GoldenRows { Inputs = inputs, Logit = logits, Probability = Array.ConvertAll(logits, Predictor.Probability) };
    }

    /// <exception cref="AutoDimException">The file is missing or damaged.</exception>
    public static GoldenRows Load(string path)
    {
        try
        {
            var rows = JsonSerializer.Deserialize(File.ReadAllText(path), ExportJson.Default.GoldenRows) ?? throw new JsonException("it is empty");
            if (rows.Inputs.Any(input => input is not { Name: not null, Rows: not null } || input.Rows.Contains(null!))) throw new JsonException("a list of it has an empty place");
            return rows.Count > 0 && rows.Probability.Count == rows.Count && rows.Inputs.All(input => input.Rows.Count == rows.Count && input.Rows.All(row => input.IsPadded ? row.Count == input.Rows[0].Count : row.Count == 1) && HasTextsOfRows(input))
                && rows.ToSplit().RowCount == rows.Count
                ? rows : throw new JsonException("its parts do not have the same number of rows");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or ArgumentException)
        {
            throw new AutoDimException($"the golden rows '{path}' cannot be read ({Reason.Of(exception)}); export the model again", exception);
        }
    }

    public void Save(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, ExportJson.Default.GoldenRows));

    /// <summary>The rows as the engine takes them.</summary>
    public MemorySplit ToSplit() => Split(Inputs, Count);

    private static bool HasTextsOfRows(GoldenInput input) => input.Texts is not { } texts || (texts.Count == input.Rows.Count && texts.All(text => text?.Count == input.Rows[0].Count && !text.Contains(null!)));

    private static MemorySplit Split(IReadOnlyList<GoldenInput> inputs, int count)
        => new(new float[count], [.. inputs.Select(input => input.Values)], [.. inputs.Select(input => input.Offsets)]);

    /// <param name="width">Most values of a sample.</param>
    private static GoldenInput Draw(Field column, int count, int width, CounterRandom random)
    {
        var rows = new long[count][];
        for (var i = 0; i < count; i++)
        {
            var held = column.MultiValued ? (int)random.Below((long)i * (width + 1), width + 1) : 1;
            rows[i] = [.. Enumerable.Range(0, width).Select(v => v >= held ? GoldenInput.Padding : i == 0 ? 0 : i == 1 ? column.Rows - 1 : random.Below(((long)i * (width + 1)) + v + 1, column.Rows))];
        }

        return new GoldenInput(column.Name, column.MultiValued, rows);
    }
}

/// <summary>Table rows of one input in every sample.</summary>
/// <param name="IsPadded">Whether a sample may have any number; all have the same here, with <see cref="Padding"/> after the last.</param>
internal sealed record GoldenInput(string Name, bool IsPadded, IReadOnlyList<IReadOnlyList<long>> Rows)
{
    public const long Padding = -1;

    /// <summary>The raw values that lead to the rows, as they stand in a log, empty where one is missing and for padding; null where the model takes rows.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<IReadOnlyList<string>>? Texts { get; init; }

    /// <summary>Without padding.</summary>
    [JsonIgnore]
    public long[] Values => [.. Rows.SelectMany(row => row).Where(value => value != Padding)];

    /// <summary>Positions of the samples' values; null where each has one.</summary>
    [JsonIgnore]
    public int[]? Offsets => !IsPadded ? null : [.. Rows.Aggregate(new List<int> { 0 }, (starts, row) =>
    {
        starts.Add(starts[^1] + row.Count(value => value != Padding));
        return starts;
    })];
}
