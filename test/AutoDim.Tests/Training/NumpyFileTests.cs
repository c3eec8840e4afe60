using System.IO.Compression;
using AutoDim.Autograd;
using AutoDim.Numerics;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Training;

public sealed class NumpyFileTests
{
    /// <summary>The same arrays are the same bytes, whenever they are written.</summary>
    [Fact]
    public void Write_AnyTime_TellsNoTime()
    {
        using var folder = new TemporaryFolder();
        using var weight = Parameter.Normal("weight", 5, 4, 1, new CounterRandom(1, 1));
        NumpyFile.Write(folder.File("a.npz"), [NamedArray.Of(weight)]);
        using var archive = ZipFile.OpenRead(folder.File("a.npz"));
        archive.Entries.Single().LastWriteTime.DateTime.ShouldBe(new DateTime(1980, 1, 1));
    }
}
