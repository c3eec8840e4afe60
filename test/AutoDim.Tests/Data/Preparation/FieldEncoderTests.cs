using System.Text;
using AutoDim.Data;
using AutoDim.Data.Preparation;

namespace AutoDim.Tests.Data.Preparation;

/// <summary>Every kind of encoder: rows worked out by hand, and the same rows after saving and loading.</summary>
public sealed class FieldEncoderTests
{
    private const ulong Missing = CellColumn.Missing;

    [Fact]
    public void RowOf_Vocabulary_EachValueHasItsOwn()
    {
        var encoder = Fitted(Categorical(minCount: 1), [30, 10, 20, 10, 30, 10, 40, Missing]);
        encoder.Rows.ShouldBe(2 + 4);
        Rows(encoder, 10, 30, 20, 40).Order().ShouldBe([2, 3, 4, 5]);
        Rows(encoder, Missing, 50).ShouldBe([FieldEncoder.MissingRow, FieldEncoder.UnseenRow]);
        encoder.Present.ShouldBe(7);
    }

    [Fact]
    public void RowOf_Vocabulary_TheMostFrequentSixteenthComesFirst()
    {
        var encoder = Fitted(Categorical(minCount: 1), [.. Enumerable.Range(0, 320).SelectMany(i => Enumerable.Repeat((ulong)i, i % 16 == 5 ? 3 : 1 + (i % 2)))]);
        encoder.Rows.ShouldBe(2 + 320);
        Rows(encoder, [.. Enumerable.Range(0, 20).Select(i => (16UL * (ulong)i) + 5)]).Order().ShouldBe(Enumerable.Range(2, 20).Select(row => (long)row));
    }

    [Fact]
    public void VocabularyBytes_ManyValues_AreAtMostThreeAndAHalfEach()
        => (Fitted(Categorical(1), [.. Enumerable.Range(0, 1 << 17).Select(i => (ulong)i)]).VocabularyBytes / (double)(1 << 17)).ShouldBeInRange(3.2, 3.5);

    [Fact]
    public void RowOf_BelowMinCount_IsTheUnseenRow()
    {
        var encoder = Fitted(Categorical(minCount: 2), [30, 10, 20, 10, 30, 10, 40]);
        encoder.Rows.ShouldBe(2 + 2);
        Rows(encoder, 10, 30).Order().ShouldBe([2, 3]);
        Rows(encoder, 20, 40, 50).ShouldBe([0, 0, 0]);
    }

    /// <summary>The field's own minimal count goes before the schema's, of texts and of numbers by their logarithm, and the encoder knows which of the two its values are.</summary>
    [Theory, InlineData(FieldKind.Categorical, false), InlineData(FieldKind.Numeric, true)]
    public void Create_VocabularyField_HasItsMinCountAndKindOfValue(FieldKind kind, bool isLogSquare)
    {
        var field = new FieldSchema { Column = "x", Kind = kind, Buckets = isLogSquare ? new BucketSchema(BucketSchema.LogSquare, []) : null };
        foreach (var (own, ofSchema) in ((int?, int)[])[(3, 1), (null, 3)])
        {
            var encoder = (VocabularyEncoder)Fitted(field with { MinCount = own }, [10, 10, 10, 20, 20], ofSchema);
            encoder.IsLogSquare.ShouldBe(isLogSquare);
            encoder.Rows.ShouldBe(2 + 1);
        }
    }

    [Fact]
    public void RowOf_GivenBoundaries_LowerEndBelongsToTheBucket()
    {
        var encoder = Fitted(new FieldSchema { Column = "x", Kind = FieldKind.Numeric, Buckets = new BucketSchema(null, [-1, 0.5, 10]) }, []);
        encoder.Rows.ShouldBe(2 + 4);
        Rows(encoder, Cells(-5, -1.0001, -1, 0, 0.4999, 0.5, 9.9, 10, 1e300)).ShouldBe([2, 2, 3, 3, 3, 4, 4, 5, 5]);
        Rows(encoder, Missing).ShouldBe([FieldEncoder.MissingRow]);
        encoder.VocabularyBytes.ShouldBe(3 * 8);
    }

    [Fact]
    public void RowOf_Quantiles_BucketsHoldEqualShares()
    {
        var encoder = Fitted(Quantiles(4), Cells([.. Enumerable.Range(0, 1000).Select(i => (double)(i * 7919 % 1000))]));
        encoder.Rows.ShouldBe(2 + 4);
        Enumerable.Range(0, 1000).CountBy(i => Rows(encoder, Cells(i))[0]).ShouldAllBe(pair => pair.Value == 250);
        Rows(encoder, Cells(249, 250, 499, 500, 749, 750)).ShouldBe([2, 3, 3, 4, 4, 5]);
        Rows(encoder, Cells(-1, 5000)).ShouldBe([2, 5]);
    }

    [Fact]
    public void RowOf_QuantilesOfFewValues_EveryBucketIsUsed()
    {
        // Nine zeros and a one: all boundaries but one fall on 0, below which nothing lies.
        var encoder = Fitted(Quantiles(10), Cells(0, 0, 0, 0, 0, 0, 0, 0, 0, 1));
        encoder.Rows.ShouldBe(2 + 2);
        Rows(encoder, Cells(0, 0.5, 1)).ShouldBe([2, 2, 3]);
        Fitted(Quantiles(10), Cells(5, 5, 5)).Rows.ShouldBe(2 + 1);
    }

    [Fact]
    public void RowOf_QuantilesOfMoreThanTheSample_AreCloseToTheTruth()
    {
        var encoder = Fitted(Quantiles(100), Cells([.. Enumerable.Range(0, 600_000).Select(i => (double)(i * 7919L % 600_000))]));
        encoder.Rows.ShouldBe(2 + 100);
        for (var percent = 1; percent < 100; percent++) Rows(encoder, Cells(percent * 6000))[0].ShouldBeInRange(2 + percent - 1, 2 + percent + 1);
    }

    [Fact]
    public void RowOf_Hashed_SpreadsEvenlyOverTheRows()
    {
        var encoder = Fitted(new FieldSchema { Column = "x", Hash = 100 }, []);
        encoder.Rows.ShouldBe(102);
        var counts = Enumerable.Range(0, 100_000).CountBy(i => encoder.RowOf(Fingerprint.Of(Encoding.UTF8.GetBytes($"value {i}")))).ToArray();
        counts.Length.ShouldBe(100);
        counts.ShouldAllBe(pair => pair.Key >= 2 && pair.Key < 102 && pair.Value > 850 && pair.Value < 1150); // 1000 ± 32
        Rows(encoder, Missing, 0, Missing - 1).ShouldBe([1, 2, 101]);
    }

    [Theory, InlineData(1L << 24), InlineData(1L << 31), InlineData(1L << 53)]
    public void RowOf_NeighbouringLargeIds_StayApart(long id)
    {
        var identity = new IdentityEncoder(new LibfmField("x", 5, id + 1));
        identity.Rows.ShouldBe(id - 3);
        Rows(identity, (ulong)id, (ulong)id + 1).ShouldBe([id - 5, id - 4]);
        var vocabulary = Fitted(Categorical(1), [.. Print(id), .. Print(id + 1)]);
        Rows(vocabulary, [.. Print(id), .. Print(id + 1)]).Order().ShouldBe([2, 3]);

        static ulong[] Print(long id) => [Fingerprint.Of(Encoding.UTF8.GetBytes($"{id}"))];
    }

    [Fact]
    public void Map_EveryKind_SaysHowValuesLeadToRows()
    {
        Fitted(Categorical(1), []).Map.ShouldBe(RowMap.Vocabulary);
        Fitted(Quantiles(4), []).Map.ShouldBe(RowMap.Computed);
        new HashEncoder("x", 10).Map.ShouldBe(RowMap.Computed);
        new IdentityEncoder(new LibfmField("x", 5, 9)).Map.ShouldBe(RowMap.Ids);
    }

    [Fact]
    public void Keep_ComputedRows_Refused()
    {
        Should.Throw<NotSupportedException>(() => new HashEncoder("x", 10).Keep(_ => true)).Message.ShouldContain("'x'");
        Should.Throw<NotSupportedException>(() => Fitted(Quantiles(4), []).Keep(_ => true));
        new HashEncoder("x", 10).VocabularyBytes.ShouldBe(8);
    }

    [Fact]
    public void Keep_Ids_KeptOnesFromRowOneOnAllOthersRowZero()
    {
        var all = new IdentityEncoder(new LibfmField("x", 5, 9));
        (all.Rows, all.VocabularyBytes).ShouldBe((5, 0));
        var kept = all.Keep(row => row is 1 or 3);
        kept.Rows.ShouldBe(3);
        Rows(kept, 5, 6, 7, 8, 9, 4, 10).ShouldBe([0, 1, 0, 2, 0, 0, 0]);
        kept.VocabularyBytes.ShouldBe(8 + 4); // five bits in a word, and one count
    }

    [Fact]
    public void Change_SomeGoAndOthersCome_KeptOnesInOrderAndFormerRowsTold()
    {
        ulong[] values = [.. Enumerable.Range(0, 320).Select(i => (ulong)i)];
        var encoder = (VocabularyEncoder)Fitted(Categorical(1), [.. values.SelectMany(value => Enumerable.Repeat(value, value % 16 == 5 ? 3 : 1))]);
        var changed = encoder.Change(row => row % 3 != 0, [1000, 1001], out var former);
        former.Length.ShouldBe((int)changed.Rows);
        former[..2].ShouldBe([FieldEncoder.UnseenRow, FieldEncoder.MissingRow]);
        values.Select(encoder.RowOf).Where(row => row % 3 != 0).Order().ShouldBe(former.Where(row => row > 1).Order());
        foreach (var value in values)
        {
            var row = encoder.RowOf(value);
            if (row % 3 == 0) changed.RowOf(value).ShouldBe(FieldEncoder.UnseenRow);
            else former[changed.RowOf(value)].ShouldBe(row);
        }

        var frequent = former.Count(row => row is > 1 and < 2 + 20);
        former.Skip(2).Take(frequent).ShouldBe(Enumerable.Range(2, 20).Where(row => row % 3 != 0).Select(row => (long)row), "the most frequent ones stay first");
        foreach (var added in (ulong[])[1000, 1001]) former[changed.RowOf(added)].ShouldBe(FieldEncoder.UnseenRow);
        Rows(changed, 1000, 1001).ShouldAllBe(row => row >= 2 + frequent);
        changed.Rows.ShouldBe(former.LongCount(row => row > 1) + 2 + 2);
    }

    [Theory]
    [InlineData(VocabularyEncoder.FormerTag, new byte[0], "version 0.1")]
    [InlineData((byte)99, new byte[0], "unknown kind of field 99")]
    [InlineData(HashEncoder.Tag, new byte[] { 0, 0, 0, 0, 0, 0, 0, 0 }, "'x' has a number of buckets")]
    [InlineData(HashEncoder.Tag, new byte[] { 0xFD, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F }, "'x' has a number of buckets")]
    [InlineData(BucketEncoder.Tag, new byte[] { 0xFF, 0xFF, 0xFF, 0xFF }, "'x' has -1 boundaries")]
    [InlineData(BucketEncoder.Tag, new byte[] { 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, "'x' has 2 boundaries")]
    public void Load_Impossible_Refused(byte tag, byte[] rest, string reason)
        => Should.Throw<InvalidDataException>(() => FieldEncoder.Load(new BinaryReader(new MemoryStream([tag, 1, (byte)'x', .. rest])))).Message.ShouldContain(reason);

    /// <summary>One bucket, as many as there can be, and one boundary that the file just has room for.</summary>
    [Fact]
    public void Load_LeastAndMost_Taken()
    {
        FieldEncoder Load(byte tag, params byte[] rest) => FieldEncoder.Load(new BinaryReader(new MemoryStream([tag, 1, (byte)'x', .. rest])));
        Load(HashEncoder.Tag, 1, 0, 0, 0, 0, 0, 0, 0).Rows.ShouldBe(3);
        Load(HashEncoder.Tag, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F).Rows.ShouldBe(long.MaxValue - 1);
        Load(BucketEncoder.Tag, 0, 0, 0, 0).Rows.ShouldBe(3);
        Load(BucketEncoder.Tag, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0).Rows.ShouldBe(4);
    }

    [Fact]
    public void Load_Saved_GivesTheSameRows()
    {
        FieldEncoder[] encoders =
        [
            Fitted(Categorical(1), [.. Enumerable.Range(0, 5000).Select(i => (ulong)i * (ulong)i * 0x9E3779B97F4A7C15)]),
            Fitted(new FieldSchema { Column = "count", Kind = FieldKind.Numeric, Buckets = new BucketSchema(BucketSchema.LogSquare, []) }, Cells([.. Enumerable.Range(-5, 3000).Select(i => (double)i)])),
            Fitted(Quantiles(20), Cells([.. Enumerable.Range(0, 500).Select(i => Math.Sqrt(i))])),
            Fitted(new FieldSchema { Column = "given", Kind = FieldKind.Numeric, Buckets = new BucketSchema(null, [1, 2]) }, []),
            Fitted(new FieldSchema { Column = "hashed", Hash = 77 }, []),
            new IdentityEncoder(new LibfmField("ids", 100, 1L << 40)),
            Fitted(Categorical(1), []),
            Fitted(Categorical(1), [.. Enumerable.Range(0, 5000).Select(i => (ulong)i * (ulong)i * 0x9E3779B97F4A7C15)]).Keep(row => row % 3 == 0),
            new IdentityEncoder(new LibfmField("ids", 100, 70_000)).Keep(row => row % 5 == 2),
        ];
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        foreach (var encoder in encoders) encoder.Save(writer);
        stream.Position = 0;
        using var reader = new BinaryReader(stream);
        foreach (var encoder in encoders)
        {
            var loaded = FieldEncoder.Load(reader);
            loaded.GetType().ShouldBe(encoder.GetType());
            (loaded.Name, loaded.Rows, loaded.VocabularyBytes).ShouldBe((encoder.Name, encoder.Rows, encoder.VocabularyBytes));
            for (var i = 0; i < 6000; i++)
            {
                foreach (var cell in (ulong[])[Missing, (ulong)i + 100, (ulong)i * (ulong)i * 0x9E3779B97F4A7C15, Cells(i - 3)[0], Cells(Math.Sqrt(i / 7.0))[0]])
                {
                    if (loaded.RowOf(cell) != encoder.RowOf(cell)) loaded.RowOf(cell).ShouldBe(encoder.RowOf(cell), encoder.Name);
                }
            }
        }

        stream.Position.ShouldBe(stream.Length);
    }

    private static FieldSchema Categorical(int minCount) => new() { Column = "value", MinCount = minCount };

    private static FieldSchema Quantiles(int count) => new() { Column = "number", Kind = FieldKind.Numeric, Count = count };

    private static ulong[] Cells(params double[] numbers) => [.. numbers.Select(BitConverter.DoubleToUInt64Bits)];

    private static FieldEncoder Fitted(FieldSchema field, ulong[] cells, int minCount = 1)
    {
        var encoder = FieldEncoder.Create(field, minCount);
        var counts = new ValueCounts();
        encoder.Count([.. cells], counts);
        encoder.Finish(counts);
        return encoder;
    }

    private static long[] Rows(FieldEncoder encoder, params ulong[] cells) => [.. cells.Select(encoder.RowOf)];
}
