namespace AutoDim.Tests.Native;

/// <summary>The command as one program. Not optimised: what the tests look for, code that was trimmed away or wants a runtime compiler, is the same, and compiling takes two thirds of the time.</summary>
public sealed class NativeCommand() : NativeBuild("src/AutoDim.Cli.Native", "-p:Optimize=false", "-p:NativeDebugSymbols=false")
{
    public string Program => Path.Combine(Folder, "autodim");
}
