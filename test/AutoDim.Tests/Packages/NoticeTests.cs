using System.Text.Json.Nodes;
using System.Xml.Linq;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Packages;

/// <summary>NOTICE names every package that the projects under src/ restore, with its licence. AUTODIM_APPROVE=1 writes it anew.</summary>
public sealed class NoticeTests
{
    private static string Notice => SharedData.Repository("NOTICE");

    [Fact]
    public void Notice_EveryRestoredPackage_ListedWithItsLicence()
    {
        var text = $"""
            AutoDim uses the packages below, each under its own licence. Written by NoticeTests from what is restored; those with (build) are used to
            build and are not part of what is distributed.

            {string.Join('\n', Packages())}

            """;
        if (Environment.GetEnvironmentVariable("AUTODIM_APPROVE") == "1") File.WriteAllText(Notice, text);
        File.ReadAllText(Notice).ShouldBe(text, "after a change of packages: AUTODIM_APPROVE=1, and read the diff");
    }

    [Fact]
    public void Notice_EveryDirectPackage_Listed()
    {
        var listed = File.ReadAllText(Notice);
        foreach (var project in Directory.GetFiles(SharedData.Repository("src"), "*.csproj", SearchOption.AllDirectories))
        {
            foreach (var package in XDocument.Load(project).Descendants("PackageReference").Select(item => (string)item.Attribute("Include")!)) listed.ShouldContain($"\n{package} ", Case.Insensitive, project);
        }
    }

    private static IEnumerable<string> Packages()
    {
        SortedDictionary<string, string> lines = new(StringComparer.OrdinalIgnoreCase);
        foreach (var assets in Directory.GetDirectories(SharedData.Repository("src")).Select(project => Path.Combine(project, "obj", "project.assets.json")).Where(File.Exists))
        {
            var restored = JsonNode.Parse(File.ReadAllText(assets))!;
            var shipped = restored["targets"]!.AsObject().SelectMany(target => target.Value!.AsObject()).Where(item => item.Value!["runtime"] != null || item.Value["native"] != null || item.Value["runtimeTargets"] != null).Select(item => item.Key).ToHashSet();
            foreach (var (name, library) in restored["libraries"]!.AsObject())
            {
                // Packages of the SDK itself, such as a runtime's or compiler's, differ between machines.
                if ((string)library!["type"]! != "package" || name.StartsWith("Microsoft.NET.", StringComparison.OrdinalIgnoreCase) || name.StartsWith("runtime.", StringComparison.OrdinalIgnoreCase) || name.Contains("ILCompiler", StringComparison.OrdinalIgnoreCase)) continue;
                var folder = restored["packageFolders"]!.AsObject().Select(item => Path.Combine(item.Key, (string)library["path"]!)).First(Directory.Exists);
                lines[name] = $"{name.Replace('/', ' ')}: {LicenceOf(folder)}{(shipped.Contains(name) ? "" : " (build)")}";
            }
        }

        return lines.Values;
    }

    /// <summary>An expression such as MIT; the first line of a licence that is a file.</summary>
    private static string LicenceOf(string folder)
    {
        var metadata = XDocument.Load(Directory.GetFiles(folder, "*.nuspec").Single()).Root!.Elements().Single(item => item.Name.LocalName == "metadata");
        var licence = metadata.Elements().FirstOrDefault(item => item.Name.LocalName == "license");
        if (licence == null) return (string?)metadata.Elements().FirstOrDefault(item => item.Name.LocalName == "licenseUrl") ?? "not stated";
        return (string?)licence.Attribute("type") == "file" ? $"{File.ReadLines(Path.Combine(folder, licence.Value)).First(line => !string.IsNullOrWhiteSpace(line)).Trim()} (in the package)" : licence.Value;
    }
}
