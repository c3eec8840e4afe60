using System.Text.RegularExpressions;

namespace AutoDim.Tests;

/// <summary>The folders of the library are layers: what stands lower knows nothing of what stands above.</summary>
public sealed partial class LayerOrderTests
{
    /// <summary>Bottom up; folders of one line may know each other.</summary>
    private static readonly string[][] Layers =
    [
        ["Settings"], ["Numerics"], ["Data"], ["Graphs"], ["Autograd"], ["Embeddings"], ["Layers"], ["Models"], ["Evaluation"], ["Training"], ["Search"], ["Compression"], ["Export"], ["Runs", "Reports", "Demo"], ["Updating"],
    ];

    [Fact]
    public void Usings_OfEveryFile_LeadDownward()
    {
        var source = Path.Combine(Root(), "src", "AutoDim");
        var folders = Directory.GetDirectories(source).Select(Path.GetFileName).Where(name => name is not ("bin" or "obj"));
        folders.ShouldBe(Layers.SelectMany(layer => layer), ignoreOrder: true);
        var upward = from file in Layers.SelectMany(layer => layer).SelectMany(folder => Directory.GetFiles(Path.Combine(source, folder), "*.cs", SearchOption.AllDirectories))
                     from used in Names().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)
                     let own = Path.GetRelativePath(source, file).Split(Path.DirectorySeparatorChar)[0]
                     where Height(used) > Height(own)
                     select $"{own} uses {used}: {file}";
        upward.ShouldBeEmpty();
    }

    private static int Height(string folder) => Array.FindIndex(Layers, layer => layer.Contains(folder));

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "AutoDim.slnx"))) folder = folder.Parent ?? throw new InvalidOperationException("the tests do not run within the repository");
        return folder.FullName;
    }

    [GeneratedRegex(@"^using AutoDim\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Names();
}
