using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using AutoDim.Settings;

namespace AutoDim.Serving;

/// <summary>How a model is served. Every limit ends in an answer that names it; nothing waits or grows without end.</summary>
public sealed record ServingOptions
{
    /// <value>0 to 256; default 0: half of the cores. Each has dense weights of its own; all share the mapped tables.</value>
    [Description("threads that score; 0: half of the cores"), Range(0, 256)]
    public int Workers { get; init; }

    /// <value>1 to 65,536; default 512.</value>
    [Description("most rows scored at once; requests that wait together share a batch"), Range(1, 65_536)]
    public int MaxBatch { get; init; } = 512;

    /// <value>0 to 1000; default 0: a batch is what came while the last one was scored.</value>
    [Description("milliseconds that a request may wait for others to fill its batch"), Range(0, 1000)]
    public int MaxDelayMs { get; init; }

    /// <value>1 to 10,000,000; default 16,384.</value>
    [Description("most rows that wait; a request beyond them is answered 429"), Range(1, 10_000_000)]
    public int MaxQueue { get; init; } = 16_384;

    /// <value>1 to 1,000,000; default 4096.</value>
    [Description("most rows of a request; one with more is answered 413"), Range(1, 1_000_000)]
    public int MaxRows { get; init; } = 4096;

    /// <value>1,024 to 1,073,741,824; default 4 MiB.</value>
    [Description("most bytes of a request's body; a larger one is answered 413"), Range(1024, 1 << 30)]
    public int MaxBodyBytes { get; init; } = 4 << 20;

    /// <value>1 to 600,000; default 5000.</value>
    [Description("milliseconds after which a request is answered 408 (its head or body did not arrive) or 503 (it was not scored)"), Range(1, 600_000)]
    public int TimeoutMs { get; init; } = 5000;

    /// <value>0 to 3,600,000; default 1000; 0: new versions are loaded on request alone.</value>
    [Description("milliseconds between looks for a new version in the model's folder; 0: never"), Range(0, 3_600_000)]
    public int PollMs { get; init; } = 1000;

    /// <value>Default false: checksums are compared after starting, and a damaged model is withdrawn.</value>
    [Description("compare all checksums before the first answer")]
    public bool VerifyFirst { get; init; }

    /// <value>Null: no key is asked for, and administration is for callers from this machine alone.</value>
    [Description("key that requests must carry; better given by the environment variable AUTODIM_API_KEY, since others can read a command line")]
    public string? ApiKey { get; init; }

    /// <exception cref="AutoDimException">A value is outside of its range.</exception>
    internal void Check()
    {
        foreach (var setting in SettingList.Of(typeof(ServingOptions))) setting.Set(this, setting.Get(this), setting.Name);
    }

    internal int WorkerCount => Workers > 0 ? Workers : Math.Max(1, Environment.ProcessorCount / 2);
}
