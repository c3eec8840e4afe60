using System.IO.Hashing;
using AutoDim.Data.Preparation;
using CsCheck;

namespace AutoDim.Tests.Data.Preparation;

public sealed class FingerprintTests
{
    [Fact]
    public void Of_AnyText_IsXxHash3()
        => Gen.Byte.Array[0, 40].Sample(text => Fingerprint.Of(text) == XxHash3.HashToUInt64(text), iter: 20_000);

    [Fact]
    public void Of_EveryLength_IsXxHash3()
    {
        for (var length = 0; length <= 300; length++)
        {
            var text = Enumerable.Range(length, length).Select(i => (byte)(i * 37)).ToArray();
            Fingerprint.Of(text).ShouldBe(XxHash3.HashToUInt64(text), $"{length}");
        }
    }
}
