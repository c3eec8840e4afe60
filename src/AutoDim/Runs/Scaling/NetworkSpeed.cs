namespace AutoDim.Runs.Scaling;

/// <summary>
/// How long messages take between ranks. A sum over N ranks takes ⌈log2 N⌉ rounds and 2 (N − 1)/N of its bytes (Thakur, Rabenseifner, Gropp, 2005); an
/// exchange between all takes one round, and a little for each further rank that gets a message of its own.
/// </summary>
/// <param name="Latency">Seconds of a round with nothing to carry.</param>
/// <param name="PerMessage">Seconds for each further message of an exchange.</param>
/// <param name="Bandwidth">Bytes a second that a rank sends.</param>
internal sealed record NetworkSpeed(double Latency, double PerMessage, double Bandwidth)
{
    /// <summary>TCP over Ethernet of 25 Gbit/s.</summary>
    public static NetworkSpeed Default { get; } = new(20e-6, 1e-6, 2.5e9);

    /// <param name="messages">Exchanges.</param>
    /// <param name="bytes">That a rank sends in them to others.</param>
    public double Exchanges(int ranks, double messages, double bytes) => (messages * LatencyOfExchange(ranks)) + (bytes / Bandwidth);

    /// <param name="messages">Sums.</param>
    /// <param name="bytes">Of the numbers summed.</param>
    public double Sums(int ranks, double messages, double bytes) => (messages * Rounds(ranks) * Latency) + (2.0 * (ranks - 1) / ranks * bytes / Bandwidth);

    /// <summary>The speed by which messages of the least and of the largest size take what was measured.</summary>
    /// <param name="small">Seconds of a sum, and of an exchange, of next to nothing.</param>
    /// <param name="large">Seconds of those of <paramref name="bytes"/> on each rank.</param>
    public static NetworkSpeed Of(int ranks, (double Sum, double Exchange) small, (double Sum, double Exchange) large, long bytes)
    {
        if (ranks < 2) throw new AutoDimException("the speed of messages is measured between two ranks or more; start it with mpirun -n 2 or more");
        var latency = small.Sum / Rounds(ranks);
        var perMessage = ranks == 2 ? 0 : Math.Max(0, (small.Exchange - latency) / (ranks - 2));
        var sent = 3.0 * (ranks - 1) / ranks * bytes;
        return new NetworkSpeed(latency, perMessage, sent / Math.Max(1e-9, large.Sum - small.Sum + large.Exchange - small.Exchange));
    }

    private static int Rounds(int ranks) => (int)Math.Ceiling(Math.Log2(ranks));

    private double LatencyOfExchange(int ranks) => ranks < 2 ? 0 : Latency + ((ranks - 2) * PerMessage);
}
