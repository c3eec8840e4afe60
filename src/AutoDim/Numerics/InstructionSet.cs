using System.Runtime.Intrinsics;

namespace AutoDim.Numerics;

/// <summary>The vector widths that kernels are written for.</summary>
internal enum InstructionSet
{
    Scalar,
    Vector128,
    Vector256,
    Vector512,
}

/// <summary>Which instruction set the kernels use on this machine.</summary>
internal static class InstructionSets
{
    /// <summary>Name of the environment variable that forces one, for tests and for comparing.</summary>
    public const string Variable = "AUTODIM_INSTRUCTION_SET";

    /// <summary>
    /// Those this machine runs in hardware, best first: wider vectors need fewer instructions for the same work. Vector128 is
    /// NEON on Arm64 and SSE on x64; Scalar is always there and is the others' oracle.
    /// </summary>
    public static IReadOnlyList<InstructionSet> Available { get; } =
    [
        .. Vector512.IsHardwareAccelerated ? [InstructionSet.Vector512] : Array.Empty<InstructionSet>(),
        .. Vector256.IsHardwareAccelerated ? [InstructionSet.Vector256] : Array.Empty<InstructionSet>(),
        .. Vector128.IsHardwareAccelerated ? [InstructionSet.Vector128] : Array.Empty<InstructionSet>(),
        InstructionSet.Scalar,
    ];

    /// <summary>The one in use: the best, or what <see cref="Variable"/> names.</summary>
    public static InstructionSet Current { get; set; } = Choose(Environment.GetEnvironmentVariable(Variable));

    /// <summary>The set of this name; the best where the name is empty. Throws for one that this machine lacks.</summary>
    public static InstructionSet Choose(string? name)
    {
        if (string.IsNullOrEmpty(name)) return Available[0];
        return Enum.TryParse<InstructionSet>(name, ignoreCase: true, out var set) && Available.Contains(set)
            ? set
            : throw new AutoDimException($"{Variable} is '{name}'; this machine has {string.Join(", ", Available)}");
    }
}
