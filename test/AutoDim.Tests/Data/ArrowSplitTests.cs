using Apache.Arrow;
using Apache.Arrow.Ipc;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Numerics;
using AutoDim.Tests.Support;
using CsCheck;
using Field = AutoDim.Data.Field;

namespace AutoDim.Tests.Data;

public sealed class ArrowSplitTests : IDisposable
{
    /// <summary>Every width of row, and lists of two of them.</summary>
    private static readonly Field[] Fields =
    [
        new("byte", 256), new("short", 65_536), new("int", 1L << 31), new("long", 1L << 40),
        new("tags", 200, MultiValued: true), new("history", 1L << 20, MultiValued: true),
    ];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Read_AnyOrderOverSeveralBatchesAndFiles_EqualsWhatWasWritten()
    {
        const int Rows = (2 * ArrowSplit.BatchRows) + 1234;
        var written = Write(Rows, fileBytes: 1 << 20);
        written.Files.Count.ShouldBeGreaterThan(1);
        using var split = Open(written);
        split.RowCount.ShouldBe(Rows);
        var random = new CounterRandom(7, 7);
        long[] order = [0, Rows - 1, ArrowSplit.BatchRows - 1, ArrowSplit.BatchRows, .. Enumerable.Range(0, 5000).Select(i => random.Below(i, Rows))];
        using var batch = new Batch(Fields, order.Length);
        split.Read(order, batch);
        for (var i = 0; i < order.Length; i++)
        {
            if (batch.Labels[i] != LabelOf(order[i])) batch.Labels[i].ShouldBe(LabelOf(order[i]), $"row {order[i]}");
            for (var m = 0; m < Fields.Length; m++)
            {
                var column = batch.Columns[m];
                var (first, last) = column.Offsets is { } offsets ? (offsets[i], offsets[i + 1]) : (i, i + 1);
                if (!column.Rows.AsSpan(first, last - first).SequenceEqual(ValuesOf(order[i], m))) Assert.Fail($"row {order[i]} of {Fields[m].Name} differs");
            }
        }
    }

    [Fact]
    public void ReadLabels_SeveralBatches_InOrder()
    {
        const int Rows = ArrowSplit.BatchRows + 10;
        using var split = Open(Write(Rows));
        var labels = new float[Rows];
        split.ReadLabels(labels);
        labels.ShouldBe(Enumerable.Range(0, Rows).Select(row => (float)LabelOf(row)));
    }

    [Fact]
    public void Files_ArrowsOwnFileReader_ReadsTheSame()
    {
        const int Rows = ArrowSplit.BatchRows + 100;
        var written = Write(Rows);
        using var reader = new ArrowFileReader(File.OpenRead(folder.File(written.Files.ShouldHaveSingleItem().Name)));
        var row = 0L;
        while (reader.ReadNextRecordBatch() is { } batch)
        {
            batch.Schema.FieldsList.Select(field => field.Name).ShouldBe(["label", .. Fields.Select(field => field.Name)]);
            var labels = batch.Column("label").ShouldBeOfType<UInt8Array>();
            var shorts = batch.Column("short").ShouldBeOfType<UInt16Array>();
            var ints = batch.Column("int").ShouldBeOfType<Int32Array>();
            var longs = batch.Column("long").ShouldBeOfType<Int64Array>();
            var histories = batch.Column("history").ShouldBeOfType<ListArray>();
            for (var i = 0; i < batch.Length; i++, row++)
            {
                var history = (Int32Array)histories.GetSlicedValues(i);
                var same = labels.GetValue(i) == LabelOf(row) && shorts.GetValue(i) == ValuesOf(row, 1)[0] && ints.GetValue(i) == ValuesOf(row, 2)[0]
                    && longs.GetValue(i) == ValuesOf(row, 3)[0] && history.Values.ToArray().Select(value => (long)value).SequenceEqual(ValuesOf(row, 5));
                if (!same) Assert.Fail($"row {row} differs");
            }
        }

        row.ShouldBe(Rows);
    }

    [Fact]
    public void Read_AfterTheFirst_AllocatesNothing()
    {
        using var split = Open(Write(3000));
        using var batch = new Batch(Fields, 500);
        long[] samples = [.. Enumerable.Range(0, 500).Select(i => (long)i * 5)];
        Allocations.ShouldBeNone(() => split.Read(samples, batch));
    }

    [Theory, InlineData(-1), InlineData(20)]
    public void Read_NoSuchSample_Refuses(long sample)
    {
        using var split = Open(Write(20));
        using var batch = new Batch(Fields, 1);
        Should.Throw<ArgumentOutOfRangeException>(() => split.Read([sample], batch));
    }

    [Fact]
    public void Open_Truncated_IsRefused()
    {
        var written = Write(300);
        var path = folder.File(written.Files[0].Name);
        var whole = File.ReadAllBytes(path);
        // Behind the last batch stand an end mark and a footer for tools that jump; the rows are whole without them.
        var rowsEnd = whole.AsSpan().LastIndexOf((byte[])[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
        for (var length = 0; length < rowsEnd; length += 1 + (length / 20))
        {
            File.WriteAllBytes(path, whole[..length]);
            Should.Throw<AutoDimException>(() => Open(written).Dispose(), $"{length} bytes").Message.ShouldContain(path);
        }
    }

    [Fact]
    public void Read_AnyBitFlipped_IsRefusedOrWithinRange()
    {
        var written = Write(40);
        var path = folder.File(written.Files[0].Name);
        var whole = File.ReadAllBytes(path);
        var refused = 0;
        using var batch = new Batch(Fields, 40);
        long[] samples = [.. Enumerable.Range(0, 40).Select(i => (long)i)];
        for (var place = 0; place < whole.Length; place += 11)
        {
            var damaged = (byte[])whole.Clone();
            damaged[place] ^= (byte)(1 << (place % 8));
            File.WriteAllBytes(path, damaged);
            try
            {
                using var split = Open(written);
                split.Read(samples, batch);
                foreach (var column in batch.Columns) column.Rows.AsSpan(0, column.Count).ToArray().ShouldAllBe(row => row >= 0 && row < column.Field.Rows);
            }
            catch (AutoDimException)
            {
                refused++;
            }
        }

        refused.ShouldBeGreaterThan(whole.Length / 11 / 20);
    }

    [Fact]
    public void Open_OtherFieldsOrRows_IsRefused()
    {
        var written = Write(50);
        string[] paths = [.. written.Files.Select(file => folder.File(file.Name))];
        Should.Throw<AutoDimException>(() => new ArrowSplit(paths, Fields[..^1], 50)).Message.ShouldContain("7 columns, expected 6");
        Should.Throw<AutoDimException>(() => new ArrowSplit(paths, [.. Fields[..^1], new Field("history", 10, MultiValued: true)], 50)).Message.ShouldContain("is none of");
        Should.Throw<AutoDimException>(() => new ArrowSplit(paths, [.. Fields[..^1], new Field("history", 1L << 20)], 50)).Message.ShouldContain("is none of");
        Should.Throw<AutoDimException>(() => new ArrowSplit(paths, Fields, 51)).Message.ShouldContain("hold 50 rows, expected 51");
    }

    [Fact]
    public void Read_AnyRows_RoundTrips()
        => Gen.Select(Gen.Int[2, 300], Gen.ULong).Sample((rows, seed) =>
        {
            var random = new CounterRandom(seed, 3);
            Field[] fields = [new("tags", 1 + random.Below(0, 100_000), MultiValued: true)];
            var (labels, values) = (new int[rows], new long[rows][]);
            var p = 1L;
            var folder = this.folder.File($"{seed}");
            Directory.CreateDirectory(folder);
            using var writer = new SplitWriter(folder, "any", fields);
            for (var row = 0; row < rows; row++)
            {
                labels[row] = row == 0 ? 1 : row == 1 ? 0 : (int)random.Below(p++, 2);
                values[row] = [.. Enumerable.Range(0, (int)random.Below(p++, 5)).Select(_ => random.Below(p++, fields[0].Rows))];
                writer.AddLabel(labels[row]);
                foreach (var value in values[row]) writer.Column(0).AddValue(value);
                writer.Column(0).EndRow();
            }

            var written = writer.Finish();
            written.Positives.ShouldBe(labels.Sum());
            using var split = new ArrowSplit(written.Files.Select(file => Path.Combine(folder, file.Name)), fields, rows);
            PreparedRows.Of(split, fields).Values("tags").ShouldBe(values);
        }, iter: 30, threads: 1);

    private static int LabelOf(long row) => (int)(new CounterRandom(1, 1).Bits(row) & 1);

    private static long[] ValuesOf(long row, int m)
    {
        var random = new CounterRandom(2, (ulong)m);
        if (!Fields[m].MultiValued) return [random.Below(row, Fields[m].Rows)];
        var values = new long[random.Below(row * 4, 4)];
        for (var v = 0; v < values.Length; v++) values[v] = random.Below((row * 4) + v + 1, Fields[m].Rows);
        return values;
    }

    private SplitFiles Write(int rows, long fileBytes = long.MaxValue)
    {
        using var writer = new SplitWriter(folder.Path, "train", Fields, fileBytes);
        for (var row = 0L; row < rows; row++)
        {
            writer.AddLabel(LabelOf(row));
            for (var m = 0; m < Fields.Length; m++)
            {
                foreach (var value in ValuesOf(row, m)) writer.Column(m).AddValue(value);
                writer.Column(m).EndRow();
            }

            if (row % 1000 == 0) writer.WriteFull();
        }

        return writer.Finish();
    }

    private ArrowSplit Open(SplitFiles written) => new(written.Files.Select(file => folder.File(file.Name)), Fields, written.Rows);
}
