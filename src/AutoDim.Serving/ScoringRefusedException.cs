namespace AutoDim.Serving;

/// <summary>Why rows were not scored.</summary>
public sealed class ScoringRefusedException : AutoDimException
{
    public ScoringRefusedException()
    {
    }

    public ScoringRefusedException(string message)
        : base(message)
    {
    }

    public ScoringRefusedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal ScoringRefusedException(string message, int status)
        : base(message) => Status = status;

    /// <value>As over HTTP: 400 of a field or a value that cannot be, 413 of too many rows, 429 of a full queue, 503 where no model answers, or not in time.</value>
    public int Status { get; } = 500;
}
