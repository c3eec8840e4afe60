namespace AutoDim.Tests.Support;

/// <summary>Real data beside the repository, which is not always there.</summary>
internal static class SharedData
{
    /// <summary>A file or folder of shared/data; skips the test where it is absent.</summary>
    public static string Path(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            var path = System.IO.Path.Combine(folder.FullName, "shared", "data", name);
            if (System.IO.Path.Exists(path)) return path;
        }

        Assert.Skip($"shared/data/{name} lies in no folder above the tests");
        return "";
    }

    /// <summary>A file of the repository.</summary>
    public static string Repository(string name)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(folder.FullName, "AutoDim.slnx"))) folder = folder.Parent!;
        return System.IO.Path.Combine(folder.FullName, name);
    }
}
