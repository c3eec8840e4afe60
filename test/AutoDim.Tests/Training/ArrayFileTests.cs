using System.Text;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Training;

public sealed class ArrayFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>0.5, −2, 1 and 96 are exact in every type; bytes as their standards have them.</summary>
    [Fact]
    public void Read_SafetensorsOfAnyType_Numbers()
    {
        byte[] half = [0x00, 0x38, 0x00, 0xC0, 0x00, 0x3C, 0x00, 0x56], brain = [0x00, 0x3F, 0x00, 0xC0, 0x80, 0x3F, 0xC0, 0x42];
        byte[] single = [.. new[] { 0.5f, -2, 1, 96 }.SelectMany(BitConverter.GetBytes)], @double = [.. new[] { 0.5, -2, 1, 96 }.SelectMany(BitConverter.GetBytes)];
        var path = Safetensors("""{"__metadata__":{"format":"pt"},"a":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[4,1],"data_offsets":[8,16]},"c":{"dtype":"F32","shape":[1,4],"data_offsets":[16,32]},"d":{"dtype":"F64","shape":[4],"data_offsets":[32,64]},"e":{"dtype":"I64","shape":[1],"data_offsets":[64,72]}}""",
            [.. half, .. brain, .. single, .. @double, 1, 0, 0, 0, 0, 0, 0, 0]);
        using var file = ArrayFile.Open(path);
        file.Arrays.Select(array => array.Name).ShouldBe(["a", "b", "c", "d", "e"]);
        file.Arrays[0].Shape.ShouldBe([2, 2]);
        file.Arrays.SkipLast(1).ShouldAllBe(array => Numbers(file, array).SequenceEqual(new float[] { 0.5f, -2, 1, 96 }));
        file.Arrays[4].Type.ShouldBeNull();
        file.Arrays[2].Bytes.ShouldBe(16);
    }

    [Theory, InlineData("savez"), InlineData("savez_compressed")]
    public void Read_FileOfNumpys_Numbers(string save)
    {
        var python = Tool.NumpyOrSkip();
        var path = folder.File("a.npz");
        var (code, output) = Tool.Run(python, "-c", $"import numpy as np; x = np.arange(-1200, 1200).reshape(-1, 3) / 8; np.{save}('{path}', half=x.astype('f2'), single=x.astype('f4'), double=x, ids=np.arange(4), line=x.ravel().astype('f4'))");
        code.ShouldBe(0, output);
        using var file = ArrayFile.Open(path);
        var arrays = file.Arrays.ToDictionary(array => array.Name);
        arrays["single"].Shape.ShouldBe([800, 3]);
        arrays["line"].Shape.ShouldBe([2400]);
        arrays["ids"].Type.ShouldBeNull();
        float[] expected = [.. Enumerable.Range(-1200, 2400).Select(i => i / 8f)];
        foreach (var name in (string[])["half", "single", "double", "line"]) Numbers(file, arrays[name]).ShouldBe(expected, name);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,12]}}""", "12 bytes, expected 16")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[8,24]}}""", "lies outside")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2,-2],"data_offsets":[0,16]}}""", "below 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,4],"data_offsets":[0,16]}}""", "")]
    [InlineData("""{"a":{"dtype":"F32"}}""", "")]
    [InlineData("""{"a":7}""", "")]
    [InlineData("[]", "")]
    public void Open_HeadThatCannotBe_RefusedWithTheFile(string head, string reason)
    {
        var path = Safetensors(head, new byte[16]);
        var message = Should.Throw<AutoDimException>(() => ArrayFile.Open(path)).Message;
        message.ShouldContain(path);
        message.ShouldContain(reason);
    }

    [Fact]
    public void Read_NumberThatIsNone_RefusedWithItsPlace()
    {
        using var file = ArrayFile.Open(Safetensors("""{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}""", [.. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(float.NaN)]));
        Should.Throw<AutoDimException>(() => Numbers(file, file.Arrays[0])).Message.ShouldContain("number 1 of 'a' is NaN");
    }

    [Fact]
    public void Open_NumpyArrayByColumns_Refused()
    {
        var python = Tool.NumpyOrSkip();
        Tool.Run(python, "-c", $"import numpy as np; np.savez('{folder.File("a.npz")}', a=np.asfortranarray(np.ones((4, 3))))").Code.ShouldBe(0);
        Should.Throw<AutoDimException>(() => ArrayFile.Open(folder.File("a.npz"))).Message.ShouldContain("ascontiguousarray");
    }

    private static unsafe float[] Numbers(ArrayFile file, ForeignArray array)
    {
        var numbers = new Real[array.Count];
        fixed (Real* target = numbers) file.Read(array, target);
        return [.. numbers.Select(number => (float)number)];
    }

    private string Safetensors(string head, byte[] arrays)
    {
        var path = folder.File($"{Guid.NewGuid():n}.safetensors");
        var text = Encoding.UTF8.GetBytes(head);
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)text.Length), .. text, .. arrays]);
        return path;
    }
}
