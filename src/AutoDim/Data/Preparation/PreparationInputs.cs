namespace AutoDim.Data.Preparation;

/// <summary>What is to be prepared: files or columns in memory, the split each was given for, and what they hold.</summary>
/// <param name="Files">In the order read.</param>
/// <param name="Libfm">The fields of libfm files; null for files with columns.</param>
internal sealed record PreparationInputs(IReadOnlyList<InputSplit> Files, Schema Schema, IReadOnlyList<LibfmField>? Libfm)
{
    public static readonly IReadOnlyList<string> SplitNames = ["train", "valid", "test"];

    public long TotalBytes { get; } = Files.Sum(file => file.Bytes);

    /// <summary>Whether files with columns must have the label; rows that are only scored need none.</summary>
    public bool NeedsLabel { get; init; } = true;

    /// <exception cref="AutoDimException">A file is missing or cannot be read, or the schema is missing or wrong.</exception>
    public static PreparationInputs Find(PrepareOptions options)
    {
        try
        {
            return FindFiles(options);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot read the files to prepare: {Reason.Of(exception)}", exception);
        }
    }

    public FieldEncoder[] Encoders() => Libfm != null ? [.. Libfm.Select(field => new IdentityEncoder(field))]
        : [.. Schema.Fields.Select(field => FieldEncoder.Create(field, Schema.MinCount))];

    /// <param name="progress">Told where in the file reading has come to.</param>
    /// <param name="range">Of a plain text file, what is read of it.</param>
    public IRecordReader Open(InputSplit file, Action<long> progress, TextRange range = default)
        => file.Columns is { } columns ? new ColumnsReader(columns, Schema)
            : Libfm != null ? new LibfmReader(file.Path, Libfm, progress, range)
            : RecordReaders.Open(file.Path, Schema, NeedsLabel, progress, range);

    /// <summary>Whether a file is text that is not packed.</summary>
    public bool IsPlainText(InputSplit file) => file.Columns == null && (Libfm != null || !RecordReaders.IsParquet(file.Path, Schema)) && !InputFile.IsGzip(file.Path);

    private static PreparationInputs FindFiles(PrepareOptions options)
    {
        var schema = options.ParsedSchema ?? (options.Schema is { } path ? SchemaFile.Load(path) : null);
        if (options.Columns.Count > 0) return InMemory(options, schema);
        if (options.Files is [var folder] && Directory.Exists(folder)) return LibfmFolder(folder, options);
        List<InputSplit> files =
        [
            .. InputFile.Expand(options.Files).Select(file => new InputSplit(file, InputSplit.ByRule)),
            .. InputFile.Expand(options.ValidFiles).Select(file => new InputSplit(file, 1)),
            .. InputFile.Expand(options.TestFiles).Select(file => new InputSplit(file, 2)),
        ];
        if (files.Count == 0) throw new AutoDimException("no files are given to prepare");
        if (schema?.Format == "libfm" || (schema?.Format == null && IsLibfm(files[0].Path))) return LibfmFiles(files, schema);
        return new PreparationInputs(files, schema ?? throw new AutoDimException("a schema is needed: --schema FILE; guess one with --guess --label COLUMN"), null);
    }

    private static PreparationInputs InMemory(PrepareOptions options, Schema? schema)
    {
        if (options.Files.Count + options.ValidFiles.Count + options.TestFiles.Count > 0) throw new AutoDimException("columns and files are given to prepare; give one of the two");
        return new PreparationInputs([new InputSplit(ColumnsReader.Source, InputSplit.ByRule) { Columns = options.Columns }], schema ?? throw new AutoDimException("columns need a schema, which names the label and the fields"), null);
    }

    private static bool IsLibfm(string path) => Path.GetExtension(InputFile.PlainName(path)).ToLowerInvariant() is ".libfm" or ".libsvm";

    private static PreparationInputs LibfmFolder(string folder, PrepareOptions options)
    {
        if (!File.Exists(Path.Combine(folder, LibfmField.FileName)))
        {
            throw new AutoDimException($"'{folder}' is a folder without {LibfmField.FileName}, so it holds no libfm splits; name other files, such as '{Path.Combine(folder, "*.csv")}'");
        }

        if (options.Schema != null || options.ValidFiles.Count + options.TestFiles.Count > 0) throw new AutoDimException($"'{folder}' is a folder of libfm splits, which needs no schema and no other files; leave out --schema, --valid and --test");
        List<InputSplit> files = [];
        for (var s = 0; s < SplitNames.Count; s++)
        {
            var found = Directory.GetFiles(folder, $"{SplitNames[s]}.*").Where(IsLibfm).ToArray();
            if (found.Length != 1) throw new AutoDimException($"'{folder}' has {found.Length} files {SplitNames[s]}.libfm, .libsvm or .gz of them; expected one");
            files.Add(new InputSplit(found[0], s));
        }

        return LibfmFiles(files, null);
    }

    private static PreparationInputs LibfmFiles(IReadOnlyList<InputSplit> files, Schema? schema)
    {
        if (schema is { Fields.Count: > 0 }) throw new AutoDimException($"the schema names fields, but '{files[0].Path}' is a libfm file, whose fields are named by {LibfmField.FileName} beside it; leave out fields and label");
        var fields = LibfmField.Load(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(files[0].Path))!, LibfmField.FileName));
        return new PreparationInputs(files, (schema ?? new Schema { Format = "libfm" }) with { Fields = [.. fields.Select(field => new FieldSchema { Column = field.Name })] }, fields);
    }
}

/// <summary>A file and the split it was given for: 0 train, 1 validation, 2 test.</summary>
/// <param name="Path">The file's, or what errors call columns in memory.</param>
internal readonly record struct InputSplit(string Path, int Split)
{
    /// <summary>Each row's split follows the schema's rule.</summary>
    public const int ByRule = -1;

    /// <summary>Instead of a file; null for a file.</summary>
    public IReadOnlyList<RawColumn>? Columns { get; init; }

    /// <summary>Of the file; columns have none.</summary>
    public long Bytes => Columns == null ? new FileInfo(Path).Length : 0;

    /// <summary>Where the rows came from, for the record.</summary>
    public string Source => Columns == null ? System.IO.Path.GetFullPath(Path) : Path;
}
