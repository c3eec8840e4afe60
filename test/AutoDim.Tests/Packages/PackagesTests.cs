using System.Diagnostics;
using System.IO.Compression;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Packages;

/// <summary>The packages as others use them: packed from this build, restored from a folder, by a program that knows nothing of this repository.</summary>
[Trait("Category", "Slow")]
public sealed class PackagesTests(PackagesTests.Packed packed) : IClassFixture<PackagesTests.Packed>
{
    [Theory]
    [InlineData("AutoDim", "lib/net10.0/AutoDim.dll", "lib/net10.0/AutoDim.xml")]
    [InlineData("AutoDim.Serving", "lib/net10.0/AutoDim.Serving.dll", "lib/net10.0/AutoDim.Serving.xml")]
    [InlineData("AutoDim.MLNet", "lib/net10.0/AutoDim.MLNet.dll", "lib/net10.0/AutoDim.MLNet.xml")]
    [InlineData("AutoDim.Cli", "tools/net10.0/any/AutoDim.Cli.dll", "tools/net10.0/any/DotnetToolSettings.xml")]
    public void Pack_EachPackage_HoldsItsLibraryAndItsWords(string name, params string[] files)
    {
        using var archive = ZipFile.OpenRead(Directory.GetFiles(packed.Source, $"{name}.0*.nupkg").ShouldHaveSingleItem());
        string[] held = [.. archive.Entries.Select(entry => entry.FullName)];
        foreach (var file in (string[])[.. files, "README.md"]) held.ShouldContain(file);
        Directory.GetFiles(packed.Source, $"{name}.0*.snupkg").ShouldHaveSingleItem();
    }

    [Fact]
    public void Sample_OnThePackages_TrainsAndScoresAlikeEveryWay()
    {
        foreach (var file in Directory.GetFiles(SharedData.Repository("samples/Packages"))) File.Copy(file, Path.Combine(packed.Folder.Path, Path.GetFileName(file)), overwrite: true);
        var output = packed.Dotnet("run", "--project", packed.Folder.File("Packages.csproj"));
        output.ShouldContain("probability from a file 0.");
    }

    [Fact]
    public void Tool_Installed_Runs()
    {
        var tools = packed.Folder.File("tools");
        packed.Dotnet("tool", "install", "AutoDim.Cli", "--tool-path", tools, "--add-source", packed.Source, "--version", "0.1.0");
        Packed.Run(packed.Folder.Path, Path.Combine(tools, "autodim"), "--version").Trim().ShouldStartWith("0.1.0");
    }

    /// <summary>Packages, with a cache of their own so that the machine's keeps nothing of them.</summary>
    public sealed class Packed : IDisposable
    {
        public Packed()
        {
            Run(SharedData.Repository(""), "bash", "eng/pack.sh", Source, "--no-build");
            var machine = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
            File.WriteAllText(Folder.File("nuget.config"), $"""
                <configuration>
                  <packageSources><add key="packed" value="{Source}" /></packageSources>
                  <fallbackPackageFolders><add key="machine" value="{machine}" /></fallbackPackageFolders>
                </configuration>
                """);
        }

        internal TemporaryFolder Folder { get; } = new();

        public string Source => Folder.File("source");

        public string Dotnet(params string[] arguments) => Run(Folder.Path, "dotnet", arguments);

        public static string Run(string folder, string program, params string[] arguments)
        {
            var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["NUGET_PACKAGES"] = Path.Combine(folder, "packages");
            start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}\n{output}\n{errors.Result}");
            return output;
        }

        public void Dispose() => Folder.Dispose();
    }
}
