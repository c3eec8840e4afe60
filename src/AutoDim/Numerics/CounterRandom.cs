using System.Runtime.CompilerServices;

namespace AutoDim.Numerics;

/// <summary>
/// Counter-based random numbers: the n-th number of a stream is a function of (seed, stream, n) alone, so any part of a run
/// can be drawn in parallel, skipped or drawn again. The mixing is SplitMix64's finaliser (Steele, Lea, Flood, OOPSLA 2014)
/// applied twice over a keyed counter.
/// </summary>
internal readonly struct CounterRandom(ulong seed, ulong stream)
{
    private readonly ulong key = Mix(seed ^ Mix(stream + 0x9E3779B97F4A7C15));

    /// <summary>64 random bits at a position of the stream.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Bits(long position) => Mix(key + Mix((ulong)position * 0x9E3779B97F4A7C15 + key));

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Uniform(long position) => (Bits(position) >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in (0, 1): safe to take a logarithm of.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double OpenUniform(long position) => ((Bits(position) >> 12) + 0.5) * (1.0 / (1UL << 52));

    /// <summary>Uniform in [0, bound), by Lemire's multiplication; the bias is below 2^-32 for bounds below 2^32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Below(long position, long bound) => (long)Math.BigMul(Bits(position), (ulong)bound, out _);

    /// <summary>Standard normal by Box-Muller; position p uses uniform bits 2p and 2p + 1.</summary>
    public double Normal(long position)
        => Math.Sqrt(-2 * Math.Log(OpenUniform(2 * position))) * Math.Cos(2 * Math.PI * Uniform((2 * position) + 1));

    /// <summary>Standard Gumbel, -log(-log u).</summary>
    public double Gumbel(long position) => -Math.Log(-Math.Log(OpenUniform(position)));

    /// <summary>A stream of its own, derived from this one.</summary>
    public CounterRandom Fork(ulong name) => new(key, name);

    /// <summary>SplitMix64's finaliser: spreads a number over 64 bits; no two numbers become one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
