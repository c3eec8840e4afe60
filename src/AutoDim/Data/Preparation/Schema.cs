namespace AutoDim.Data.Preparation;

/// <summary>How to read a click log: its format, label, fields and split. Written in YAML; docs/data.md describes every key.</summary>
public sealed record Schema
{
    /// <value>csv (any delimited text), parquet or libfm; null: by the file's name.</value>
    public string? Format { get; init; }

    /// <value>One character, or "tab"; null: detected among comma, semicolon, tab and bar.</value>
    public string? Delimiter { get; init; }

    /// <value>Whether the first line may name the columns: it must, unless <see cref="Columns"/> does.</value>
    public bool Header { get; init; } = true;

    /// <value>Whether quotes enclose values.</value>
    public bool Quotes { get; init; } = true;

    /// <value>Names of the columns, in order, for files without header; where they are given, a first line that repeats them is left out.</value>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <value>Texts that stand for a missing value, beside the empty one.</value>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <value>Occurrences in training below which a value joins the rare row; a field may say otherwise.</value>
    public int MinCount { get; init; } = 1;

    public LabelSchema Label { get; init; } = new();

    public IReadOnlyList<FieldSchema> Fields { get; init; } = [];

    public IReadOnlyList<SequenceSchema> Sequences { get; init; } = [];

    /// <value>Columns known but not used.</value>
    public IReadOnlyList<string> Ignore { get; init; } = [];

    public SplitSchema Split { get; init; } = new();
}

/// <summary>The column that says whether there was a click.</summary>
public sealed record LabelSchema
{
    public string Column { get; init; } = "";

    /// <value>The text that means a click; null: labels are 1 and 0 (or -1).</value>
    public string? Positive { get; init; }

    /// <value>The text that means none; null: any other text than <see cref="Positive"/>.</value>
    public string? Negative { get; init; }

    /// <value>The least number, such as a rating, that means a click; null: labels are not such numbers.</value>
    public double? AtLeast { get; init; }
}

/// <summary>What a column holds.</summary>
public enum FieldKind
{
    /// <summary>One value, any text.</summary>
    Categorical,

    /// <summary>A number, put into a bucket.</summary>
    Numeric,

    /// <summary>Any number of values, separated.</summary>
    Multi,
}

/// <summary>A feature field.</summary>
public sealed record FieldSchema
{
    /// <value>Unique; null: the column's name.</value>
    public string? Name { get; init; }

    public string Column { get; init; } = "";

    public FieldKind Kind { get; init; }

    /// <value>Numeric: "quantile", "log-square" (Criteo: ⌊(ln x)²⌋ for x &gt; 2), or ascending boundaries.</value>
    public BucketSchema? Buckets { get; init; }

    /// <value>Number of quantile buckets.</value>
    public int Count { get; init; } = 32;

    /// <value>What separates values of a multi-valued field.</value>
    public string Separator { get; init; } = ",";

    /// <value>Hashes values into this many rows instead of keeping a vocabulary.</value>
    public long? Hash { get; init; }

    public int? MinCount { get; init; }

    public string FullName => Name ?? Column;
}

/// <summary>A behaviour sequence: lists of a field's values, oldest first, from a column or made from the log itself.</summary>
public sealed record SequenceSchema
{
    /// <value>Unique among fields and sequences.</value>
    public string Name { get; init; } = "";

    /// <value>The field whose values it lists, and whose table it shares.</value>
    public string Of { get; init; } = "";

    /// <value>The column that lists them; null: made from the log by <see cref="By"/> and <see cref="Time"/>.</value>
    public string? Column { get; init; }

    /// <value>What separates the values of a list.</value>
    public string Separator { get; init; } = ",";

    /// <value>The column, such as the user, whose rows belong together.</value>
    public string? By { get; init; }

    /// <value>The column of a row's time; a row's list holds the values of earlier rows.</value>
    public string? Time { get; init; }

    /// <value>Whether only rows with a click join later rows' lists.</value>
    public bool Clicked { get; init; } = true;

    /// <value>Most values of a list; the latest ones are kept.</value>
    public int Length { get; init; } = 50;

    /// <value>Whether it is made from the log.</value>
    internal bool IsBuilt => Column == null;
}

/// <summary>Either the name of a rule or given boundaries.</summary>
public sealed record BucketSchema(string? Rule, IReadOnlyList<double> Boundaries)
{
    public const string Quantile = "quantile";
    public const string LogSquare = "log-square";
}

/// <summary>How rows are divided where the splits are not given as files.</summary>
public sealed record SplitSchema
{
    public double Train { get; init; } = 0.8;

    public double Valid { get; init; } = 0.1;

    public double Test { get; init; } = 0.1;

    /// <value>random, key (rows of one key stay together) or time (the last rows are validation and test).</value>
    public string By { get; init; } = "random";

    /// <value>The column of the key or time.</value>
    public string? Column { get; init; }

    public ulong Seed { get; init; } = 1;
}
