namespace AutoDim.Training;

/// <summary>The loss is no number any more.</summary>
public sealed class DivergenceException : AutoDimException
{
    public DivergenceException()
    {
    }

    public DivergenceException(string message)
        : base(message)
    {
    }

    public DivergenceException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
