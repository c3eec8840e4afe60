using System.Globalization;
using System.Text;
using AutoDim.Data.Preparation;
using AutoDim.Tests.Support;
using Parquet;
using Parquet.Schema;

namespace AutoDim.Tests.Data.Preparation;

public sealed class ParquetRecordReaderTests : IDisposable
{
    private readonly ClickLog log = new();

    public void Dispose() => log.Dispose();

    [Fact]
    public async Task Read_EveryType_GivesTheTextOfACsv()
    {
        var path = await Write(
            (new DataField<bool>("y"), [true, false, true]),
            (new DataField<string>("text"), ["é", null!, "w, x"]),
            (new DataField<long>("long"), [(1L << 31) + 1, (1L << 53) + 1, -7L]),
            (new DataField<int?>("int"), [1, null, 3]),
            (new DataField<double?>("double"), [0.1, null, 16777217.0]),
            (new DataField<float>("float"), [0.5f, -1f, 3f]),
            (new DataField<short>("short"), [(short)1, (short)2, (short)3]),
            (new DataField<byte>("byte"), [(byte)1, (byte)2, (byte)255]),
            (new DataField<uint>("uint"), [uint.MaxValue, 0u, 1u]),
            (new DataField<ulong>("ulong"), [ulong.MaxValue, 0ul, 1ul]),
            (new DataField<decimal>("decimal"), [1.25m, 2m, -3m]),
            (new DataField<bool?>("flag"), [true, null, false]),
            (new DataField<DateTime>("time"), [new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Utc), new DateTime(2024, 3, 1, 0, 0, 0, DateTimeKind.Utc), new DateTime(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc)]));
        string[] columns = ["text", "long", "int", "double", "float", "short", "byte", "uint", "ulong", "flag", "time"];
        var chunk = Read(path, $"label: {{column: y}}\nfields: [{string.Join(", ", columns.Select(name => $"{{column: {name}}}"))}, {{column: decimal, kind: numeric}}]");
        chunk.Labels[..chunk.Count].ShouldBe([1f, 0f, 1f]);
        string?[][] expected =
        [
            ["é", null, "w, x"], ["2147483649", "9007199254740993", "-7"], ["1", null, "3"], ["0.1", null, "16777217"], ["0.5", "-1", "3"],
            ["1", "2", "3"], ["1", "2", "255"], ["4294967295", "0", "1"], ["18446744073709551615", "0", "1"], ["1", null, "0"],
            ["2024-02-29T01:02:03", "2024-03-01T00:00:00", "2025-01-01T00:00:00"],
        ];
        for (var m = 0; m < columns.Length; m++)
        {
            chunk.Columns[m].Values.ToArray().ShouldBe(expected[m].Select(text => text == null ? CellColumn.Missing : Fingerprint.Of(Encoding.UTF8.GetBytes(text))), columns[m]);
        }

        chunk.Columns[^1].Values.ToArray().Select(BitConverter.UInt64BitsToDouble).ShouldBe([1.25, 2, -3]);
    }

    [Fact]
    public async Task Prepare_SeveralRowGroups_EqualsTheCsv()
    {
        int[] users = [.. Enumerable.Range(0, 25_000).Select(i => i * 7919 % 5000)];
        var path = log.Path("log.parquet");
        var (y, user, price) = (new DataField<int>("y"), new DataField<int>("user"), new DataField<double?>("price"));
        await using (var stream = File.Create(path))
        {
            await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(y, user, price), stream, cancellationToken: TestContext.Current.CancellationToken);
            foreach (var part in users.Chunk(9000))
            {
                using var group = writer.CreateRowGroup();
                await group.WriteAsync<int>(y, part.Select(value => value % 2).ToArray(), cancellationToken: TestContext.Current.CancellationToken);
                await group.WriteAsync<int>(user, part, cancellationToken: TestContext.Current.CancellationToken);
                await group.WriteAsync<double>(price, part.Select(value => value % 10 == 0 ? null : (double?)value / 8).ToArray(), cancellationToken: TestContext.Current.CancellationToken);
            }
        }

        var csv = log.Write("log.csv", "y,user,price\n" + string.Concat(users.Select(value => string.Create(CultureInfo.InvariantCulture, $"{value % 2},{value},{(value % 10 == 0 ? "" : value / 8.0)}\n"))));
        const string Schema = "label: {column: y}\nfields: [{column: user}, {column: price, kind: numeric}]";
        var fromParquet = log.Prepare(Schema, path);
        var fromCsv = log.Prepare(Schema, csv);
        fromParquet.Labels.ShouldBe(fromCsv.Labels);
        fromParquet.Column("user").ShouldBe(fromCsv.Column("user"));
        fromParquet.Column("price").ShouldBe(fromCsv.Column("price"));
    }

    [Fact]
    public async Task Read_BadRow_IsToldWithRowAndWhole()
    {
        var path = await Write((new DataField<int>("y"), [1, 7, 0]), (new DataField<string>("price"), ["1", "2", "cheap"]));
        const string Schema = "label: {column: y}\nfields: [{column: price, kind: numeric}]";
        Should.Throw<AutoDimException>(() => Read(path, Schema)).Message.ShouldStartWith($"{path}, line 2: label column 'y' is '7'");
        using var bad = new BadRows(BadRowPolicy.Quarantine, log.Path("quarantine.txt"));
        Read(path, Schema, bad).Count.ShouldBe(1);
        bad.Count.ShouldBe(2);
        bad.Dispose();
        File.ReadAllLines(log.Path("quarantine.txt"))[1].ShouldEndWith("\tcheap\t0");
    }

    [Fact]
    public async Task New_ColumnsDoNotFit_SaysWhatItHas()
    {
        var path = await Write((new DataField<int>("y"), [1, 0]), (new DataField<string>("a"), ["u", "v"]));
        Should.Throw<AutoDimException>(() => Read(path, "label: {column: y}\nfields: [{column: b}]")).Message.ShouldEndWith("has no column 'b' for field 'b'; it has y, a");
        Should.Throw<AutoDimException>(() => Read(path, "label: {column: x}\nfields: [{column: a}]")).Message.ShouldContain("has no column 'x' for the label");
    }

    [Fact]
    public async Task New_ListColumn_SaysWhatToDo()
    {
        var path = log.Path("list.parquet");
        var (y, tags) = (new DataField<int>("y"), new DataField<int[]>("tags"));
        await using (var stream = File.Create(path))
        {
            await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(y, tags), stream, cancellationToken: TestContext.Current.CancellationToken);
            using var group = writer.CreateRowGroup();
            await group.WriteAsync<int>(y, new[] { 1, 0 }, cancellationToken: TestContext.Current.CancellationToken);
            await group.WriteAsync<int>(tags, new[] { 1, 2, 3 }, new[] { 0, 1, 0 }, cancellationToken: TestContext.Current.CancellationToken);
        }

        Should.Throw<AutoDimException>(() => Read(path, "label: {column: y}\nfields: [{column: tags, kind: multi}]")).Message.ShouldContain("is a list; write it as separated text");
    }

    [Fact]
    public async Task Read_CutOrDamaged_IsAnError()
    {
        var whole = await File.ReadAllBytesAsync(await Write((new DataField<int>("y"), [1, 0, 1]), (new DataField<string>("a"), ["u", "v", "w"])), TestContext.Current.CancellationToken);
        for (var length = 0; length < whole.Length; length += 13)
        {
            await File.WriteAllBytesAsync(log.Path("cut.parquet"), whole[..length], TestContext.Current.CancellationToken);
            Should.Throw<AutoDimException>(() => Read(log.Path("cut.parquet"), "label: {column: y}\nfields: [{column: a}]"), $"{length} bytes").Message.ShouldContain("cut.parquet");
        }

        // The pages; on some damaged footers Parquet.Net 6.1.0 itself never comes back.
        var footer = whole.Length - 8 - BitConverter.ToInt32(whole, whole.Length - 8);
        for (var place = 0; place < footer; place++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[place] ^= 0x55;
            await File.WriteAllBytesAsync(log.Path("damaged.parquet"), damaged, TestContext.Current.CancellationToken);
            try
            {
                Read(log.Path("damaged.parquet"), "label: {column: y}\nfields: [{column: a}]");
            }
            catch (AutoDimException)
            {
                // The error a user may meet; any other would fail the test.
            }
        }
    }

    private async Task<string> Write(params (DataField Field, object?[] Values)[] columns)
    {
        var path = log.Path("log.parquet");
        await using var stream = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(columns.Select(column => (Parquet.Schema.Field)column.Field).ToArray()), stream);
        using var group = writer.CreateRowGroup();
        foreach (var (field, values) in columns)
        {
            var write = field.ClrType == typeof(ReadOnlyMemory<char>) ? group.WriteAsync(field, values.Cast<string?>().ToArray()!) : (Task)typeof(ParquetRecordReaderTests)
                .GetMethod(nameof(WriteNumbers), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!.MakeGenericMethod(field.ClrType).Invoke(null, [group, field, values])!;
            await write;
        }

        return path;
    }

    private static async Task WriteNumbers<T>(ParquetRowGroupWriter group, DataField field, object?[] values)
        where T : struct
    {
        if (field.IsNullable) await group.WriteAsync<T>(field, values.Select(value => (T?)value).ToArray());
        else await group.WriteAsync<T>(field, values.Select(value => (T)value!).ToArray());
    }

    private static RecordChunk Read(string path, string schemaText, BadRows? bad = null)
    {
        var schema = SchemaFile.Parse(schemaText, "schema");
        return ReadRows.Of(path, RecordReaders.Open(path, schema, needsLabel: true, null), schema, bad);
    }
}
