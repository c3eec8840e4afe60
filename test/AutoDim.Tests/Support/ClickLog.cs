using System.IO.Compression;
using AutoDim.Data;
using AutoDim.Data.Preparation;

namespace AutoDim.Tests.Support;

/// <summary>Small click logs as files, prepared in a folder of the test's own.</summary>
internal sealed class ClickLog : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private int schemas;

    public string Out => Path("out");

    public string Path(string name) => folder.File(name);

    public string Write(string name, string text)
    {
        File.WriteAllText(Path(name), text);
        return Path(name);
    }

    public string WriteGzip(string name, params string[] members)
    {
        using var file = File.Create(Path(name));
        foreach (var text in members)
        {
            using var gzip = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true);
            gzip.Write(System.Text.Encoding.UTF8.GetBytes(text));
        }

        return Path(name);
    }

    public string Schema(string text) => Write($"schema{schemas++}.yaml", text);

    /// <summary>Prepares one file as all three splits, so that every row is in train, in the file's order.</summary>
    public PreparedRows Prepare(string schema, string file, BadRowPolicy onBadRow = BadRowPolicy.Fail)
    {
        Run(schema, file, options => options with { ValidFiles = [file], TestFiles = [file], OnBadRow = onBadRow, Overwrite = true });
        return Read();
    }

    /// <summary>Writes a CSV file and prepares it as all three splits.</summary>
    public PreparedRows PrepareText(string schema, string text) => Prepare(schema, Write("log.csv", text));

    public DataManifest Run(string? schema, string file, Func<PrepareOptions, PrepareOptions>? change = null)
    {
        var options = new PrepareOptions { Files = [file], Schema = schema == null ? null : Schema(schema), Out = Out };
        return Run(change?.Invoke(options) ?? options);
    }

    /// <summary>Prepares as options say, until cancelled.</summary>
    public static DataManifest Run(PrepareOptions options, Action<PreparationProgress>? progress = null, CancellationTokenSource? cancellation = null)
        => Preparation.Run(options, progress, cancellation?.Token ?? TestContext.Current.CancellationToken);

    /// <summary>The prepared training rows.</summary>
    public PreparedRows Read()
    {
        using var data = ClickData.Open(Out);
        return PreparedRows.Of(data.Train, data.Fields);
    }

    /// <summary>Everything that lies in the data folder, with its content's checksum.</summary>
    public string[] Contents() => !Directory.Exists(Out) ? [] : [.. Directory.EnumerateFileSystemEntries(Out, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(path => $"{System.IO.Path.GetRelativePath(Out, path)} {(File.Exists(path) ? DataManifest.Checksum(path) : "folder")}")];

    public void Dispose() => folder.Dispose();
}
