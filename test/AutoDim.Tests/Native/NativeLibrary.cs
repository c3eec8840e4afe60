namespace AutoDim.Tests.Native;

/// <summary>The library for C and Python.</summary>
public sealed class NativeLibrary() : NativeBuild("src/AutoDim.Native");
