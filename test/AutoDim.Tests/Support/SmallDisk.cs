using System.Diagnostics;

namespace AutoDim.Tests.Support;

/// <summary>A file system of a few pages that a test can fill.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder folder = new();

    /// <summary>Mounts one in memory; skips the test where that is not allowed.</summary>
    public SmallDisk(int kilobytes)
    {
        if (OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", Path)) return;
        folder.Dispose();
        Assert.Skip("mounting a small file system needs Linux and root's rights");
    }

    public string Path => folder.Path;

    /// <summary>With other options, such as ro.</summary>
    public void Remount(string options) => Run("mount", "-o", $"remount,{options}", Path).ShouldBeTrue();

    public void Dispose()
    {
        Run("umount", Path);
        folder.Dispose();
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
