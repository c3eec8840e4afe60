using System.Globalization;
using System.Text.Json.Nodes;
using AutoDim.Cli.Display;
using Spectre.Console;

namespace AutoDim.Cli.Benchmarks;

/// <summary>A table of measurements, shown on a terminal, as Markdown, or as a line of JSON per row.</summary>
/// <param name="Name">Of its part in a Markdown file.</param>
/// <param name="Columns">Heading and, for numbers, format; a column without a format is text.</param>
internal sealed record Sheet(string Name, params (string Heading, string? Format)[] Columns)
{
    private readonly List<object?[]> rows = [];

    /// <summary>A row, one cell a column: text, a number, or null for none.</summary>
    public void Add(params object?[] cells)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(cells.Length, Columns.Length);
        rows.Add(cells);
    }

    public void Show(Terminal terminal)
    {
        var table = Tables.New([.. Columns.Select(column => column.Heading)]);
        for (var i = 0; i < Columns.Length; i++) table.Columns[i].Alignment = Columns[i].Format == null ? Justify.Left : Justify.Right;
        foreach (var row in rows) table.AddRow([.. Cells(row).Select(Markup.Escape)]);
        terminal.Write(table);
        foreach (var row in rows) terminal.WriteJson(() => Json(row));
    }

    public string Markdown()
    {
        IEnumerable<string> lines = [Line(Columns.Select(column => column.Heading)), Line(Columns.Select(column => column.Format == null ? "---" : "---:")), .. rows.Select(row => Line(Cells(row)))];
        return string.Concat(lines.Select(line => line + "\n"));
    }

    private static string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    private IEnumerable<string> Cells(object?[] row) => row.Zip(Columns, (cell, column) => cell switch
    {
        null => "",
        IFormattable number => number.ToString(column.Format, CultureInfo.InvariantCulture),
        _ => cell.ToString()!,
    });

    private string Json(object?[] row)
    {
        var line = new JsonObject { ["sheet"] = Name };
        foreach (var (cell, column) in row.Zip(Columns)) line[column.Heading] = Json(cell);
        return line.ToJsonString();
    }

    private static JsonNode? Json(object? cell) => cell switch
    {
        null => null,
        string text => text,
        int number => number,
        long number => number,
        double number => number,
        _ => throw new NotSupportedException($"a cell cannot be a {cell.GetType()}"),
    };
}
