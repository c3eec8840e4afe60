using AutoDim.Data.Preparation;
using CsCheck;

namespace AutoDim.Tests.Data.Preparation;

public sealed class FingerprintTableTests
{
    [Fact]
    public void Add_AnyKeys_EqualsADictionary()
        => Gen.Select(Gen.OneOf(Gen.ULong, Gen.ULong[0, 50], Gen.Double.Select(BitConverter.DoubleToUInt64Bits)), Gen.Long[1, 1L << 40]).Array[0, 1000].Sample(pairs =>
        {
            var table = new FingerprintTable();
            var oracle = new Dictionary<ulong, long>();
            foreach (var (key, number) in pairs)
            {
                table.Add(key, number);
                oracle[key] = oracle.GetValueOrDefault(key) + number;
            }

            if (table.Count != oracle.Count) return false;
            List<(ulong, long)> large = [];
            table.CopyPairs(10, large);
            if (!large.Order().SequenceEqual(oracle.Where(pair => pair.Value >= 10).Select(pair => (pair.Key, pair.Value)).Order())) return false;
            return oracle.All(pair => table[pair.Key] == pair.Value) && pairs.All(pair => table[~pair.Item1] == oracle.GetValueOrDefault(~pair.Item1));
        }, iter: 100);

    [Theory, InlineData(0), InlineData(1), InlineData(12), InlineData(1000)]
    public void New_ExpectedKeys_HoldsThem(int expected)
    {
        var table = new FingerprintTable(expected);
        for (var key = 0UL; key < (ulong)expected; key++) table.Add(key, 7);
        table.Count.ShouldBe(expected);
        var numbers = new long[expected];
        table.Find([.. Enumerable.Range(0, expected).Select(key => (ulong)key)], numbers);
        numbers.ShouldAllBe(number => number == 7);
    }
}
