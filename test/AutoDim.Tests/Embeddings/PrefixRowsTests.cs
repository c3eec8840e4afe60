using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Numerics;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Embeddings;

public sealed unsafe class PrefixRowsTests
{
    public static TheoryData<RowStorage, int[]> Shapes()
    {
        var shapes = new TheoryData<RowStorage, int[]>();
        foreach (var storage in Enum.GetValues<RowStorage>())
        {
            foreach (var dims in (int[][])[[7], [7, 0], [8, 1], [16, 5, 0], [16, 9, 4, 1], [32, 20, 12, 8, 4, 3, 2, 0], [.. Enumerable.Range(0, 20)]]) shapes.Add(storage, dims);
        }

        return shapes;
    }

    /// <summary>Rows of all counts mixed, over several blocks: each row's first numbers as its storage has them, zeros after, and the bytes counted one by one.</summary>
    [Theory, MemberData(nameof(Shapes))]
    public void Read_AfterPacking_FirstNumbersAsTheirStorageHasThemAndZerosAfter(RowStorage storage, int[] dims)
    {
        const int Rows = 1000;
        var (dim, random) = (dims.Max(), new CounterRandom(5, 2));
        int[] kept = [.. Enumerable.Range(0, Rows).Select(row => dims[(int)(random.Uniform(row) * dims.Length)])];
        using var mask = MaskOf(kept, dim);
        var form = FormOf(kept, mask.Id);
        using var numbers = MaskedRows.Filled(Rows, dim);
        using var packed = new EmbeddingTable(0, 0, "t", Rows, dim, storage, kept: form.Layout);
        numbers.Keep(mask);
        packed.Pack(numbers);
        packed.IsPacked.ShouldBeTrue();
        var (read, different) = (new Real[dim], dims.Count(count => count > 0));
        var bits = different < 2 ? 1 : different < 4 ? 2 : different < 16 ? 4 : 8;
        var bytes = (long)((Rows + 127) / 128) * ((4 * different) + (16 * bits));
        for (var row = 0; row < Rows; row++)
        {
            Array.Fill(read, (Real)9);
            fixed (Real* target = read) packed.Read(row, target);
            read.ShouldBe([.. MaskedRows.Rounded(RowFormat.For(storage, kept[row]), new ReadOnlySpan<Real>(numbers.Row(row), kept[row])), .. new Real[dim - kept[row]]], $"row {row}");
            bytes += RowFormat.Bytes(storage, kept[row]);
        }

        packed.DeployedBytes.ShouldBe(bytes);
        packed.Parts.Sum(part => part.Rows * part.Columns).ShouldBe(bytes);
        packed.Parameters.ShouldBe(kept.Sum());
        new PlanField("t", Rows, dim, storage) { Form = form }.Bytes.ShouldBe(bytes);
        RowForm.Parse(form.Text).ShouldBe(form);
    }

    /// <summary>Rows of each count in a storage of their own, a single number in eight bits whatever that is.</summary>
    [Fact]
    public void Read_CountsWithStorages_EachAsItsOwnHasIt()
    {
        const int Rows = 600, Dim = 16;
        (int Dim, RowStorage Storage)[] kinds = [(16, RowStorage.Int8), (9, RowStorage.Int4), (4, RowStorage.Int2), (1, RowStorage.Int3), (0, default)];
        int[] kept = [.. Enumerable.Range(0, Rows).Select(row => kinds[row * 7 % 5].Dim)];
        using var mask = MaskOf(kept, Dim);
        var form = FormOf(kept, mask.Id);
        form = form with { Prefixes = [.. form.Prefixes.Select(prefix => prefix with { Storage = kinds.Single(kind => kind.Dim == prefix.Dim).Storage })] };
        using var numbers = MaskedRows.Filled(Rows, Dim);
        using var packed = new EmbeddingTable(0, 0, "t", Rows, Dim, RowStorage.Int2, kept: form.Layout);
        numbers.Keep(mask);
        packed.Pack(numbers);
        var read = new Real[Dim];
        for (var row = 0; row < Rows; row++)
        {
            var storage = RowFormat.For(kinds[row * 7 % 5].Storage, kept[row]);
            fixed (Real* target = read) packed.Read(row, target);
            read.ShouldBe([.. MaskedRows.Rounded(storage, new ReadOnlySpan<Real>(numbers.Row(row), kept[row])), .. new Real[Dim - kept[row]]], $"row {row}");
        }

        packed.DeployedBytes.ShouldBe((5 * ((4 * 4) + 64)) + (120 * (17 + 6 + 2 + 1)));
        new PlanField("t", Rows, Dim, RowStorage.Int2) { Form = form }.Bytes.ShouldBe(packed.DeployedBytes);
    }

    /// <summary>A popular field's tail costs about what its numbers do, where bitmaps would cost more than int4 numbers themselves.</summary>
    [Fact]
    public void Bytes_ShortTail_AreFarBelowThoseOfBitmaps()
    {
        RowPrefix[] prefixes = [new(1000, 32), new(15000, 2)];
        var prefix = PrefixRows.Bytes(16000, RowStorage.Int4, prefixes);
        var sparse = SparseRows.Bytes(16000, 32, RowStorage.Int4, new KeptCounts(62000, 16000, 31000));
        prefix.ShouldBe((125 * (8 + 32)) + (1000 * 17) + (15000 * 2));
        ((double)prefix).ShouldBeLessThan(0.45 * sparse);
    }

    [Theory, InlineData(1000u), InlineData(uint.MaxValue)]
    public void Read_HeadThatLeadsOutside_Refused(uint before)
    {
        int[] kept = [.. Enumerable.Range(0, 40).Select(row => row % 2 == 0 ? 8 : 3)];
        using var mask = MaskOf(kept, 8);
        using var numbers = MaskedRows.Filled(40, 8);
        using var packed = new EmbeddingTable(0, 0, "t", 40, 8, kept: FormOf(kept, 1).Layout);
        numbers.Keep(mask);
        packed.Pack(numbers);
        *(uint*)packed.Parts[0].Address = before;
        Should.Throw<AutoDimException>(() =>
        {
            var row = stackalloc Real[8];
            packed.Read(2, row);
        }).Message.ShouldContain("the table 't' is damaged: row 2");
    }

    [Fact]
    public void Pack_MaskOfAnotherForm_Refused()
    {
        using var mask = MaskOf([.. Enumerable.Repeat(5, 40)], 8);
        using var numbers = MaskedRows.Filled(40, 8);
        using var packed = new EmbeddingTable(0, 0, "t", 40, 8, kept: new PrefixForm([new RowPrefix(40, 4)], 1).Layout);
        numbers.Keep(mask);
        Should.Throw<ArgumentException>(() => packed.Pack(numbers)).Message.ShouldContain("row 0 of table 't' keeps 5 numbers");
    }

    [Theory, InlineData("prefix:1:100"), InlineData("prefix:1:100:4:20"), InlineData("prefix:1:100:0"), InlineData("prefix:x:100:4")]
    public void Parse_NumbersThatMakeNoPrefixes_Refused(string text)
        => Should.Throw<AutoDimException>(() => RowForm.Parse(text)).Message.ShouldContain("expected prefix:MASK:ROWS:KEPT:ROWS:KEPT…");

    private static PrefixForm FormOf(int[] kept, long mask)
        => new([.. kept.Where(dim => dim > 0).GroupBy(dim => dim).OrderByDescending(group => group.Key).Select(group => new RowPrefix(group.LongCount(), group.Key))], mask);

    private static RowMask MaskOf(int[] kept, int dim)
    {
        var mask = new RowMask(kept.Length, dim);
        for (var row = 0; row < kept.Length; row++)
        {
            for (var k = 0; k < kept[row]; k++) mask.Keep(row, k);
        }

        return mask;
    }
}
