using System.Text;
using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Numerics;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Training;

/// <summary>A damaged or foreign file is refused with a reason, and the arrays stay as they were.</summary>
public sealed class TensorFileTests : IDisposable
{
    private static readonly Dictionary<string, string> Metadata = new() { ["step"] = "123", ["note"] = "ä \"quoted\"" };

    private readonly TemporaryFolder folder = new();
    private readonly Parameter weight = Parameter.Normal("mlp.weight", 5, 4, 1, new CounterRandom(1, 1));
    private readonly Parameter twin = Parameter.Normal("mlp.twin", 5, 4, 1, new CounterRandom(1, 1));
    private readonly NativeBuffer<int> steps = new(7);
    private readonly NativeBuffer<Real> empty = new(0);

    public void Dispose()
    {
        weight.Dispose();
        twin.Dispose();
        steps.Dispose();
        empty.Dispose();
        folder.Dispose();
    }

    private string Path => folder.File("file.safetensors");

    private NamedArray[] Arrays => [NamedArray.Of(weight), NamedArray.Of("laststep", steps), NamedArray.Of("state.none", empty), NamedArray.Of(twin)];

    [Fact]
    public void Read_WrittenFile_SameBitsAndMetadata()
    {
        steps[3] = 42;
        var written = weight.Values.ToArray();
        TensorFile.Write(Path, Arrays, Metadata);
        weight.Values.Clear();
        steps.Clear();
        var metadata = TensorFile.Read(Path, [.. Arrays.Reverse()]); // by name, not by order
        weight.Values.SequenceEqual(written).ShouldBeTrue();
        steps[3].ShouldBe(42);
        foreach (var (key, value) in Metadata) metadata[key].ShouldBe(value);
        TensorFile.ReadMetadata(Path)["step"].ShouldBe("123");
    }

    [Fact]
    public void Read_TruncatedAnywhere_RefusedAndNothingChanged()
    {
        TensorFile.Write(Path, Arrays, Metadata);
        var whole = File.ReadAllBytes(Path);
        for (var length = 0; length < whole.Length; length++) ShouldRefuse(whole[..length], $"cut to {length} bytes");
        ShouldRefuse([.. whole, 0], "a byte too many");
    }

    [Fact]
    public void Read_AnyBitFlipped_RefusedAndNothingChanged()
    {
        TensorFile.Write(Path, Arrays, Metadata);
        var whole = File.ReadAllBytes(Path);
        for (var position = 0; position < whole.Length; position++)
        {
            for (var bit = 0; bit < 8; bit += 3)
            {
                var damaged = (byte[])whole.Clone();
                damaged[position] ^= (byte)(1 << bit);
                ShouldRefuse(damaged, $"bit {bit} of byte {position}");
            }
        }
    }

    /// <summary>A mapped file is looked up before its checksum is known: what its head says may be anything.</summary>
    [Theory, InlineData("9223372036854775000"), InlineData("100000"), InlineData("-8"), InlineData("1.5"), InlineData("null"), InlineData("\"0\""), InlineData("[]")]
    public void Map_OffsetThatLeadsAway_Refused(string offset)
    {
        TensorFile.Write(Path, Arrays, Metadata);
        var whole = File.ReadAllBytes(Path);
        var length = (int)BitConverter.ToInt64(whole);
        var head = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(whole, 8, length).Replace("\"data_offsets\":[0,", $"\"data_offsets\":[{offset},", StringComparison.Ordinal));
        File.WriteAllBytes(Path, [.. BitConverter.GetBytes((long)head.Length), .. head, .. whole[(8 + length)..]]);
        using var mapped = TensorFile.Map(Path);
        Should.Throw<AutoDimException>(() => mapped.CopyTo(Arrays)).Message.ShouldContain($"'{Path}' is damaged: 'mlp.weight' ");
    }

    [Fact]
    public void Read_OtherShape_RefusedAndNothingChanged()
    {
        TensorFile.Write(Path, Arrays, Metadata);
        using var other = Parameter.Constant("mlp.weight", 4, 5, 7);
        Should.Throw<AutoDimException>(() => TensorFile.Read(Path, [NamedArray.Of(other), .. Arrays[1..]])).Message.ShouldContain("'mlp.weight' in '" + Path + "' is 5 × 4, the model's is 4 × 5");
        other.Values.ContainsAnyExcept((Real)7).ShouldBeFalse();
    }

    [Fact]
    public void Read_MoreFewerOrOtherArrays_Refused()
    {
        TensorFile.Write(Path, Arrays, Metadata);
        using var other = Parameter.Constant("mlp.bias", 1, 4);
        Should.Throw<AutoDimException>(() => TensorFile.Read(Path, [.. Arrays, NamedArray.Of(other)])).Message.ShouldContain("has no array 'mlp.bias'");
        Should.Throw<AutoDimException>(() => TensorFile.Read(Path, Arrays[1..])).Message.ShouldContain("belongs to another model");
    }

    [Fact]
    public void Read_OtherVersion_SaysWhich()
    {
        TensorFile.Write(Path, Arrays, Metadata);
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(Path));
        File.WriteAllBytes(Path, Encoding.Latin1.GetBytes(text.Replace("\"autodim\":\"1\"", "\"autodim\":\"9\"", StringComparison.Ordinal)));
        Should.Throw<AutoDimException>(() => TensorFile.Read(Path, Arrays)).Message.ShouldContain("has format version '9', this program reads 1");
    }

    [Fact]
    public void Read_MissingFile_SaysWhich() => Should.Throw<AutoDimException>(() => TensorFile.Read(folder.File("none"), Arrays)).Message.ShouldContain("cannot read '");

    [Fact]
    public void Write_FailsInTheMiddle_FormerFileStaysAndNoOther()
    {
        TensorFile.Write(Path, Arrays, Metadata);
        var former = File.ReadAllBytes(Path);
        Should.Throw<AutoDimException>(() => AtomicFile.Write(Path, stream =>
        {
            stream.Write(former.AsSpan(0, former.Length / 2));
            throw new IOException("No space left on device");
        })).Message.ShouldContain("No space left on device");
        File.ReadAllBytes(Path).ShouldBe(former);
        Directory.GetFiles(folder.Path).ShouldBe([Path]);
        TensorFile.Read(Path, Arrays)["step"].ShouldBe("123");
    }

    [Fact]
    public void Write_TemporaryNameTaken_RefusedAndFormerFileStays()
    {
        TensorFile.Write(Path, Arrays, Metadata);
        var former = File.ReadAllBytes(Path);
        Directory.CreateDirectory(AtomicFile.Temporary(Path));
        weight.Values.Clear();
        Should.Throw<AutoDimException>(() => TensorFile.Write(Path, Arrays, Metadata)).Message.ShouldContain("cannot write '");
        File.ReadAllBytes(Path).ShouldBe(former);
    }

    private void ShouldRefuse(byte[] bytes, string what)
    {
        File.WriteAllBytes(Path, bytes);
        weight.Values.Fill(5);
        Should.Throw<AutoDimException>(() => TensorFile.Read(Path, Arrays), what);
        weight.Values.ContainsAnyExcept((Real)5).ShouldBeFalse(what);
    }
}
