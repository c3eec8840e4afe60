using System.Text.Json;
using System.Text.Json.Serialization;

namespace AutoDim.Embeddings.Forms;

/// <summary>
/// How a field's vectors are made of what is stored, where they are not simply a row for each value. A form is a short text in files and
/// on the command line: its name, a colon, its numbers. It holds for a field's first-order weights too, as vectors of one number.
/// </summary>
[JsonConverter(typeof(RowFormJson))]
public abstract record RowForm
{
    private static readonly Entry[] Known =
    [
        new(SparseForm.Name, "KEPT:FILLED:PAIRS:MASK", numbers => new SparseForm(new KeptCounts(numbers[0], numbers[1], numbers[2]), numbers[3]), 4),
        new(PrefixForm.Name, "MASK:ROWS:KEPT:ROWS:KEPT…", PrefixForm.Of, 3) { Repeated = 2 },
        new(HashForm.Name, "ROWS", numbers => new HashForm(numbers[0]), 1),
        new(QuotientRemainderForm.Name, "REMAINDERS", numbers => new QuotientRemainderForm(numbers[0]), 1),
        new(RobeForm.Name, "NUMBERS:BLOCK", numbers => new RobeForm(numbers[0], numbers[1]), 2),
        new(TensorTrainForm.Name, "RANK", numbers => new TensorTrainForm(numbers[0]), 1),
        new(DpqForm.Name, "GROUPS:CENTROIDS", numbers => new DpqForm(numbers[0], numbers[1]), 2),
        new(MgqeForm.Name, "GROUPS:CENTROIDS:TAIL", numbers => new MgqeForm(numbers[0], numbers[1], numbers[2]), 3),
        new(RoundedForm.Name, "BITS", numbers => new RoundedForm(numbers[0]), 1),
        new(StoredForm.Name, "BITS", numbers => new StoredForm(numbers[0]), 1),
        new(RoundedPrefixForm.Name, "BITS:MASK:ROWS:KEPT:ROWS:KEPT…", RoundedPrefixForm.Of, 4) { Repeated = 2 },
        new(RoundedPrefixForm.MixedName, "MASK:ROWS:KEPT:BITS:ROWS:KEPT:BITS…", RoundedPrefixForm.OfMixed, 4) { Repeated = 3 },
        new(DpqSoftmaxForm.Name, "GROUPS:CENTROIDS", numbers => new DpqSoftmaxForm(numbers[0], numbers[1]), 2),
    ];

    /// <summary>Such as <c>hash:1000</c>.</summary>
    public abstract string Text { get; }

    /// <summary>Numbers that are trained for <paramref name="rows"/> vectors of <paramref name="dim"/>, which is above 0.</summary>
    public abstract long Parameters(long rows, int dim);

    /// <summary>Bytes of all that is stored for them, once trained; likewise of dimensions above 0.</summary>
    public abstract long Bytes(long rows, int dim, RowStorage storage);

    /// <summary>The form that the tables have while they are trained; null: each value has a row.</summary>
    public virtual RowForm? Trained => this;

    /// <summary>The form whose tables, made to score with, hold what is deployed as numbers; null: each value has a row.</summary>
    internal virtual RowForm? AsNumbers => Trained;

    /// <summary>Whether what is deployed, but for its storage, is what is trained.</summary>
    internal virtual bool IsAsTrained => true;

    /// <summary>The form that a text names.</summary>
    /// <exception cref="AutoDimException">It names none, or its numbers are not what the form takes.</exception>
    public static RowForm Parse(string text)
    {
        var parts = text.Split(':');
        foreach (var form in Known)
        {
            if (form.Name != parts[0]) continue;
            long[] numbers = [.. parts.Skip(1).Select(part => long.TryParse(part, out var number) && number > 0 ? number : 0)];
            return form.Takes(numbers.Length) && !numbers.Contains(0) ? form.Make(numbers)
                : throw new AutoDimException($"'{text}' is no form of a field's rows: expected {form.Name}:{form.Numbers}, whole numbers above 0");
        }

        throw new AutoDimException($"'{text}' is no form of a field's rows; known are {string.Join(", ", Known.Select(form => $"{form.Name}:{form.Numbers}"))}");
    }

    public sealed override string ToString() => Text;

    /// <summary>Makes the tables behind a field's vectors.</summary>
    internal abstract ComposedRows Create(in ComposedField field);

    /// <param name="Numbers">What the numbers of its text are.</param>
    /// <param name="Count">How many there are, at least.</param>
    private sealed record Entry(string Name, string Numbers, Func<long[], RowForm> Make, int Count)
    {
        /// <summary>The last so many may come again and again; 0: none may.</summary>
        public int Repeated { get; init; }

        public bool Takes(int count) => count == Count || (Repeated > 0 && count > Count && (count - Count) % Repeated == 0);
    }
}

/// <summary>A form as its text.</summary>
internal sealed class RowFormJson : JsonConverter<RowForm>
{
    public override RowForm Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return RowForm.Parse(reader.GetString()!);
        }
        catch (AutoDimException exception)
        {
            throw new JsonException(exception.Message, exception);
        }
    }

    public override void Write(Utf8JsonWriter writer, RowForm value, JsonSerializerOptions options) => writer.WriteStringValue(value.Text);
}
