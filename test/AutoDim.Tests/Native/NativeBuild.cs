using System.Runtime.InteropServices;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Native;

/// <summary>A project compiled ahead of time, once for all tests that use it.</summary>
public abstract class NativeBuild : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Lazy<(int Code, string Output)> published;

    /// <summary>What was built with these tests is compiled natively; nothing is built anew under the other tests' feet.</summary>
    /// <param name="project">Its folder in the repository.</param>
    /// <param name="properties">For the compiler.</param>
    private protected NativeBuild(string project, params string[] properties)
        => published = new(() => Tool.Run("dotnet", ["publish", SharedData.Repository(project), "-c", "Release", "--no-build", "--nologo", "-o", folder.Path, .. properties]));

    /// <summary>The folder that holds it; skips the test where there is no compiler to link with.</summary>
    public string Folder
    {
        get
        {
            Tool.CompilerOrSkip();
            Assert.SkipUnless(RuntimeInformation.IsOSPlatform(OSPlatform.Linux), "the tests' commands are Linux's");
            published.Value.Code.ShouldBe(0, published.Value.Output);
            return folder.Path;
        }
    }

    public void Dispose()
    {
        folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
