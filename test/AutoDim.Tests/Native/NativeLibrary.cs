using System.Runtime.InteropServices;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Native;

/// <summary>The native library, compiled once for all tests that use it.</summary>
public sealed class NativeLibrary : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Lazy<(int Code, string Output)> published;

    /// <summary>What was built with these tests is compiled natively; nothing is built anew under the other tests' feet.</summary>
    public NativeLibrary() => published = new(() => Tool.Run("dotnet", "publish", SharedData.Repository("src/AutoDim.Native"), "-c", "Release", "--no-build", "--nologo", "-o", folder.Path));

    /// <summary>The folder that holds it; skips the test where there is no compiler to link with.</summary>
    public string Folder
    {
        get
        {
            Tool.CompilerOrSkip();
            Assert.SkipUnless(RuntimeInformation.IsOSPlatform(OSPlatform.Linux), "the samples' commands are Linux's");
            published.Value.Code.ShouldBe(0, published.Value.Output);
            return folder.Path;
        }
    }

    public void Dispose() => folder.Dispose();
}
