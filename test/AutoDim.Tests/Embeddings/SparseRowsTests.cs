using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Embeddings;

public sealed unsafe class SparseRowsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<RowStorage, int> Shapes()
    {
        var shapes = new TheoryData<RowStorage, int>();
        foreach (var storage in SparseRows.Storages)
        {
            foreach (var dim in (int[])[2, 7, 8, 17, 32, 100]) shapes.Add(storage, dim);
        }

        return shapes;
    }

    /// <summary>Each row by itself: its kept numbers as the storage rounds them together, zeros elsewhere; and the bytes counted one by one.</summary>
    [Theory, MemberData(nameof(Shapes))]
    public void Read_AfterPacking_KeptNumbersAsTheirStorageHasThemAndZerosElsewhere(RowStorage storage, int dim)
    {
        const int Rows = 101;
        using var mask = Masks.Of(Rows, dim);
        using var numbers = MaskedRows.Filled(Rows, dim);
        using var sparse = new EmbeddingTable(0, 0, "t", Rows, dim, storage, kept: new SparseForm(mask.Count(), 1).Layout);
        numbers.Keep(mask);
        sparse.Pack(numbers);
        sparse.IsPacked.ShouldBeTrue();
        var (row, bytes, kept) = (new Real[dim], 4 * (8 + 4L), 0L); // 101 rows are in 4 blocks
        for (var r = 0; r < Rows; r++)
        {
            Array.Fill(row, (Real)9);
            fixed (Real* target = row) sparse.Read(r, target);
            int[] places = [.. Enumerable.Range(0, dim).Where(k => mask.IsKept(r, k))];
            var expected = new Real[dim];
            var rounded = MaskedRows.Rounded(storage, [.. places.Select(k => numbers.Row(r)[k])]);
            for (var i = 0; i < places.Length; i++) expected[places[i]] = rounded[i];
            row.ShouldBe(expected, $"row {r}");
            if (places.Length == 0) continue;
            kept += places.Length;
            bytes += ((dim + 7) / 8) + storage switch { RowStorage.Float32 => 4 * places.Length, RowStorage.Float16 => 2 * places.Length, RowStorage.Float8 => places.Length, RowStorage.Int8 => 1 + places.Length, _ => 1 + ((places.Length + 1) / 2) };
        }

        sparse.DeployedBytes.ShouldBe(bytes);
        sparse.Parts.Sum(part => part.Rows * part.Columns).ShouldBe(bytes);
        sparse.Parameters.ShouldBe(kept);
        var form = new SparseForm(mask.Count(), mask.Id);
        new PlanField("t", Rows, dim, storage) { Form = form }.Bytes.ShouldBe(bytes);
        RowForm.Parse(form.Text).ShouldBe(form);
    }

    /// <summary>A row that keeps nothing costs a bit, and 8 bytes a block of 32.</summary>
    [Fact]
    public void Bytes_NothingKept_AreThoseOfTheHeads()
    {
        using var mask = new RowMask(3200, 16);
        using var table = new EmbeddingTable(0, 0, "t", 3200, 16, kept: new SparseForm(mask.Count(), 1).Layout);
        table.DeployedBytes.ShouldBe(100 * 12);
        var row = new Real[16];
        fixed (Real* target = row) table.Read(77, target);
        row.ShouldAllBe(number => number == 0);
    }

    [Theory, InlineData(-1), InlineData(1_000_000), InlineData(long.MinValue)]
    public void Read_HeadThatLeadsOutside_Refused(long offset)
    {
        using var mask = Masks.Of(40, 8);
        using var numbers = MaskedRows.Filled(40, 8);
        using var sparse = new EmbeddingTable(0, 0, "t", 40, 8, kept: new SparseForm(mask.Count(), 1).Layout);
        numbers.Keep(mask);
        sparse.Pack(numbers);
        *(long*)sparse.Parts[0].Address = offset;
        Should.Throw<AutoDimException>(() =>
        {
            var row = stackalloc Real[8];
            sparse.Read(1, row);
        }).Message.ShouldContain("the table 't' is damaged: row 1");
    }

    [Fact]
    public void Load_SavedMask_IsTheSame()
    {
        using var mask = Masks.Of(77, 19);
        mask.Save(folder.File("mask.bin"));
        using var loaded = RowMask.Load(folder.File("mask.bin"), 77, 19);
        loaded.Id.ShouldBe(mask.Id);
        loaded.Count().ShouldBe(mask.Count());
        for (var row = 0; row < 77; row++) Enumerable.Range(0, 19).ShouldAllBe(k => loaded.IsKept(row, k) == mask.IsKept(row, k));
        loaded.Keep(2, 18); // row 2 keeps nothing
        loaded.Id.ShouldNotBe(mask.Id);
    }

    [Fact]
    public void Load_OtherShapeOrDamaged_RefusedWithItsName()
    {
        using var mask = Masks.Of(77, 19);
        var path = folder.File("mask.bin");
        mask.Save(path);
        Should.Throw<AutoDimException>(() => RowMask.Load(path, 78, 19)).Message.ShouldContain("it is for 77 rows of 19, the table has 78 of 19");
        Should.Throw<AutoDimException>(() => RowMask.Load(folder.File("none.bin"), 77, 19)).Message.ShouldContain("none.bin");
        var whole = File.ReadAllBytes(path);
        byte[] changed = [.. whole];
        changed[^1] ^= 1;
        foreach (var damaged in (byte[][])[whole[..^1], [.. whole, 0], changed, [.. whole[1..]], []])
        {
            File.WriteAllBytes(path, damaged);
            Should.Throw<AutoDimException>(() => RowMask.Load(path, 77, 19)).Message.ShouldContain(path);
        }
    }
}
